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
  /** Whether the result is also blurred again. */
  readonly reblurs: boolean;
}

/** Light, [C, H, W] each. Values may leave [0, 1]. */
export interface Undone {
  readonly sharper: Planes;
  /** `sharper` blurred with the kernel, null unless asked for. It lies where the observed light does. */
  readonly reblurred: Planes | null;
}

/** Deconvolves light [C, H, W]; the identity kernel returns it unchanged. */
export function undoBlock({ light, clipped, kernel, shift, blockPx, reblurs }: UndoneBlock, fourier: Fourier): Undone {
  if (kernel.data.length === 1) return { sharper: light, reblurred: reblurs ? light : null };
  const { width, height, channels } = light;
  using scope = fourier.heap.scope();
  const transform = fourier.real(blockPx);
  const splitting = new GradientSplitting(transform, scope);
  splitting.use(kernel, shift);
  const [sharper, reblurred] = [new Float32Array(light.data.length), new Float32Array(reblurs ? light.data.length : 0)];
  for (let channel = 0; channel < channels; channel++) {
    const block = periodicBlock(light, channel, blockPx);
    const known = clipped && knownPixels(clipped, channel, blockPx);
    if (known) masked(block, known, channel);
    else plain(block, channel);
  }
  const planes = (data: Float32Array): Planes => ({ width, height, channels, data });
  return { sharper: planes(sharper), reblurred: reblurs ? planes(reblurred) : null };

  function keep(block: Float32Array, out: Float32Array, channel: number): void {
    for (let y = 0; y < height; y++)
      out.set(block.subarray(y * blockPx, y * blockPx + width), (channel * height + y) * width);
  }
  function plain(block: Float32Array, channel: number): void {
    splitting.observe(block);
    keep(undoneByTotalVariation(splitting), sharper, channel);
    if (reblurs) keep(splitting.reblur(), reblurred, channel);
  }
  function masked(block: Float32Array, known: Float32Array, channel: number): void {
    using own = fourier.heap.scope();
    const undone = undoMasked(block, known, { kernel, shift, lambda: TV_LAMBDA }, transform, own);
    keep(undone.sharper, sharper, channel);
    if (reblurs) keep(undone.reblurred, reblurred, channel);
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
