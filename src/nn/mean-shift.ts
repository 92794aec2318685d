/** @file The mean colour of the photos of DIV2K taken off before, and put back after (Lim et al. 2017, EDSR). */

import { convLayer, type Layer } from "./layers.js";
import type { Init, Scope } from "./parameters.js";

const RED_GREEN_BLUE = [0.4488, 0.4371, 0.404] as const;

export interface MeanShiftConfig {
  /** The value of white. */
  readonly rgbRange: number;
  readonly direction: "subtract" | "add";
  readonly trainable: boolean;
}

const identity: Init = ([rows, columns]) =>
  Float32Array.from({ length: rows! * columns! }, (_, i) => (Math.floor(i / columns!) === i % columns! ? 1 : 0));

/** x: [N, 3, H, W] -> the same. A 1x1 convolution in published checkpoints (`weight` the identity, `bias` the colour), so here too. */
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
