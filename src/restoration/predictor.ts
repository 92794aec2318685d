/** @file What makes a first sharp image of a photo, whatever it is. */
import type { Planes } from "../images/image.js";

/** Told how many windows are done, between two of them a fraction. */
export type OnWindow = (done: number) => void;

export interface Predictor {
  /** Units of its progress. */
  windows(photo: Planes): number;
  /** The sharp image, signed. */
  predict(photo: Planes, signal: AbortSignal | undefined, onWindow: OnWindow): Promise<Float32Array>;
}
