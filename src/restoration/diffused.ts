/**
 * @file The diffused quantity and the image it belongs to: the image itself, or the scaled residual of a prediction or
 * of the photo.
 */
import type { Denoiser } from "../diffusion/denoiser.js";
import { keepFineDetail } from "../diffusion/fine-detail.js";
import type { Planes } from "../images/image.js";

/** One number for all values, or a map, [1 or 3, H, W]: one for each pixel or for each value. */
export type Scale = number | Float32Array;

export interface Diffused {
  /**
   * Base of the residual: the predictor's result, or the photo for a model without predictor. null if the image itself
   * diffuses.
   */
  readonly base: Float32Array | null;
  /** Divisor of the residual. Where a map is zero, nothing is drawn. */
  readonly scale: Scale;
  /**
   * Width in pixels of the Gaussian that separates coarse from fine; only finer detail is drawn. null for the whole
   * residual.
   */
  readonly finePx: number | null;
  /** Factor of the sample in the result. */
  readonly share: number;
}

/** The scale of value `i` of [3, H, W]. */
export const scaleAt = (scale: Scale, i: number): number =>
  typeof scale === "number" ? scale : scale[i % scale.length]!;

/** Keeps only the fine detail of a sample, in place: the rest of what a trained network draws is error. */
export function limitedToFineDetail(drawn: Planes, { finePx }: Pick<Diffused, "finePx">): Planes {
  if (finePx !== null) keepFineDetail(drawn, finePx);
  return drawn;
}

/** The finished image of a draw or an estimate, within [-1, 1]. Uses up the array of `drawn`. */
export function imageFromDrawn(drawn: Planes, diffused: Diffused): Planes {
  const { base, scale, share } = diffused;
  const { data } = limitedToFineDetail(drawn, diffused);
  for (let i = 0; i < data.length; i++)
    data[i] = Math.max(-1, Math.min(1, (base ? base[i]! : 0) + scaleAt(scale, i) * share * data[i]!));
  return drawn;
}

/**
 * Inverse of `imageFromDrawn` at a share of 1: the sample that gives `image`, limited to what the model draws; 0 where
 * the scale is 0. Returns a new array.
 */
export function drawnFromImage(image: Planes, { base, scale, finePx }: Omit<Diffused, "share">): Planes {
  const divide = ({ data }: Planes): Planes => ({
    ...image,
    data: data.map((value, i) => (scaleAt(scale, i) === 0 ? 0 : value / scaleAt(scale, i))),
  });
  const difference = { ...image, data: image.data.map((value, i) => value - (base ? base[i]! : 0)) };
  // In the order of training: where scales differ, dividing first would turn coarse differences into fine ones.
  return divide(limitedToFineDetail(difference, { finePx }));
}

/** Keeps base + scale * residual within [-1, 1]: the residual's range depends on the pixel. */
export function clippedAround(center: Float32Array, scale: Scale, denoise: Denoiser): Denoiser {
  const mapped = typeof scale !== "number";
  return async (xt, level, given) => {
    const out = await denoise(xt, level, given);
    for (let i = 0; i < out.length; i++) {
      const at = scaleAt(scale, i);
      if (at === 0) continue;
      // A prediction beyond white would push a small scale's residual many deviations away from 0, which affects
      // neighbouring pixels.
      const base = mapped ? Math.max(-1, Math.min(1, center[i]!)) : center[i]!;
      out[i] = Math.max((-1 - base) / at, Math.min((1 - base) / at, out[i]!));
    }
    return out;
  };
}
