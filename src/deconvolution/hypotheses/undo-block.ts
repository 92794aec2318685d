/** @file Deconvolution of one block of a photo with a known kernel. */
import type { Kernel } from "../../blur/kernel.js";
import type { Planes } from "../../images/image.js";
import type { Fourier } from "../fourier.js";
import type { Shift } from "../gradient-filters.js";
import { GradientSplitting } from "../gradient-splitting.js";
import { undoMasked } from "../masked-deconvolution.js";
import { periodicBlock } from "../periodic-block.js";
import { TV_LAMBDA, undoneByTotalVariation } from "./total-variation.js";

export interface UndoneBlock {
  /** [C, H, W] */
  readonly light: Planes;
  /** [C, H, W]: 1 where light is clipped and says nothing; null where none is. */
  readonly clipped: Planes | null;
  readonly kernel: Kernel;
  /** Displacement of the kernel before it is undone. */
  readonly shift: Shift;
  readonly blockPx: number;
}

/** Light [C, H, W] -> the same, sharper; the identity kernel returns it unchanged. Values may leave [0, 1]. */
export function undoBlock({ light, clipped, kernel, shift, blockPx }: UndoneBlock, fourier: Fourier): Planes {
  if (kernel.data.length === 1) return light;
  const { width, height, channels } = light;
  using scope = fourier.heap.scope();
  const transform = fourier.real(blockPx);
  const splitting = new GradientSplitting(transform, scope);
  splitting.use(kernel, shift);
  const out = new Float32Array(light.data.length);
  for (let channel = 0; channel < channels; channel++) {
    const block = periodicBlock(light, channel, blockPx);
    const known = clipped && knownPixels(clipped, channel, blockPx);
    const sharp = known ? masked(block, known) : plain(block);
    for (let y = 0; y < height; y++)
      out.set(sharp.subarray(y * blockPx, y * blockPx + width), (channel * height + y) * width);
  }
  return { width, height, channels, data: out };

  function plain(block: Float32Array): Float32Array {
    splitting.observe(block);
    return undoneByTotalVariation(splitting);
  }
  function masked(block: Float32Array, known: Float32Array): Float32Array {
    using own = fourier.heap.scope();
    return undoMasked(block, known, { kernel, shift, lambda: TV_LAMBDA }, transform, own);
  }
}

/** [size, size]: 0 where a channel is clipped, else 1; null if no pixel of it is. */
function knownPixels({ width, height, data }: Planes, channel: number, size: number): Float32Array | null {
  const plane = data.subarray(channel * width * height, (channel + 1) * width * height);
  if (plane.every((value) => value === 0)) return null;
  const known = new Float32Array(size * size).fill(1);
  for (let i = 0; i < plane.length; i++) if (plane[i]! > 0) known[Math.floor(i / width) * size + (i % width)] = 0;
  return known;
}
