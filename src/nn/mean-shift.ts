/** @file Subtracts the mean colour of DIV2K's photos at the input and adds it at the output (Lim et al. 2017, EDSR). */

import { convLayer, type Layer } from "./layers.js";
import type { Init, Scope } from "./parameters.js";

const RED_GREEN_BLUE = [0.4488, 0.4371, 0.404] as const;

export interface MeanShiftConfig {
  /** Pixel value of white. */
  readonly rgbRange: number;
  readonly direction: "subtract" | "add";
  readonly trainable: boolean;
}

const identity: Init = ([rows, columns]) =>
  Float32Array.from({ length: rows! * columns! }, (_, i) => (Math.floor(i / columns!) === i % columns! ? 1 : 0));

/**
 * x: [N, 3, H, W] -> the same. A 1x1 convolution as in published checkpoints (`weight`: the identity, `bias`: the
 * colour).
 */
export function meanShiftLayer(scope: Scope, { rgbRange, direction, trainable }: MeanShiftConfig): Layer {
  const sign = direction === "subtract" ? -1 : 1;
  return convLayer(scope, {
    inChannels: 3,
    outChannels: 3,
    kernel: 1,
    init: identity,
    biasInit: () => Float32Array.from(RED_GREEN_BLUE, (value) => sign * rgbRange * value),
    trainable,
  });
}
