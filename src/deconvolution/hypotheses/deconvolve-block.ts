/**
 * @file Deconvolution of one block of a photo with a known kernel. What lies around the block is unknown: masked pixels
 * leave it open, total variation is given a continuation.
 */
import type { Kernel } from "../../blur/kernel.js";
import type { Planes } from "../../images/image.js";
import type { Fourier } from "../fourier.js";
import type { Shift } from "../gradient-filters.js";
import { GradientSplitting } from "../gradient-splitting.js";
import { deconvolveMasked } from "../masked-deconvolution.js";
import { periodicBlock } from "../periodic-block.js";
import { fillPicture, UnseenBorder } from "../unseen-border.js";
import { solveTotalVariation, TV_LAMBDA } from "./total-variation.js";

export interface BlockInput {
  /** [C, H, W] */
  readonly light: Planes;
  /** [C, H, W]: 1 where light is clipped and therefore unknown; null if no pixel is. */
  readonly clipped: Planes | null;
  readonly kernel: Kernel;
  /** Displacement of the kernel before deconvolution. */
  readonly shift: Shift;
  readonly blockPx: number;
  /** Also blur the result again. */
  readonly reblurs: boolean;
}

/** Light, [C, H, W] each. Values may leave [0, 1]. */
export interface BlockResult {
  readonly sharper: Planes;
  /** `sharper` blurred with the kernel, aligned with the observed light; null unless requested. */
  readonly reblurred: Planes | null;
}

/** Deconvolves light [C, H, W]; the identity kernel returns it unchanged. */
export function deconvolveBlock(
  { light, clipped, kernel, shift, blockPx, reblurs }: BlockInput,
  fourier: Fourier,
): BlockResult {
  if (kernel.data.length === 1) return { sharper: light, reblurred: reblurs ? light : null };
  const { width, height, channels } = light;
  using scope = fourier.heap.scope();
  const transform = fourier.real(blockPx);
  let border: UnseenBorder | null = null;
  const splitting = new GradientSplitting(transform, scope);
  splitting.use(kernel, shift);
  const [sharper, reblurred] = [new Float32Array(light.data.length), new Float32Array(reblurs ? light.data.length : 0)];
  for (let channel = 0; channel < channels; channel++) {
    const known = clipped && knownPixels(clipped, channel, blockPx);
    if (known) masked(periodicBlock(light, channel, blockPx), known, channel);
    else {
      border ??= new UnseenBorder(kernel, transform, scope);
      plain(border.continued(light, channel), channel);
    }
  }
  const planes = (data: Float32Array): Planes => ({ width, height, channels, data });
  return { sharper: planes(sharper), reblurred: reblurs ? planes(reblurred) : null };

  function keep(block: Float32Array, out: Float32Array, channel: number): void {
    for (let y = 0; y < height; y++)
      out.set(block.subarray(y * blockPx, y * blockPx + width), (channel * height + y) * width);
  }
  function plain(block: Float32Array, channel: number): void {
    splitting.observe(block);
    keep(solveTotalVariation(splitting), sharper, channel);
    if (reblurs) keep(splitting.reblur(), reblurred, channel);
  }
  function masked(block: Float32Array, known: Float32Array, channel: number): void {
    using own = fourier.heap.scope();
    const deconvolved = deconvolveMasked(block, known, { kernel, shift, lambda: TV_LAMBDA }, transform, own);
    keep(deconvolved.sharper, sharper, channel);
    if (reblurs) keep(deconvolved.reblurred, reblurred, channel);
  }
}

/** [size, size]: 0 where a channel is clipped and outside of the picture, else 1; null if no pixel is clipped. */
function knownPixels(clipped: Planes, channel: number, size: number): Float32Array | null {
  const { width, height, data } = clipped;
  const plane = data.subarray(channel * width * height, (channel + 1) * width * height);
  if (plane.every((value) => value === 0)) return null;
  const known = fillPicture(new Float32Array(size * size), size, clipped, 1);
  for (let i = 0; i < plane.length; i++) if (plane[i]! > 0) known[Math.floor(i / width) * size + (i % width)] = 0;
  return known;
}
