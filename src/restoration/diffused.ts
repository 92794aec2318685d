/**
 * @file What diffuses, and the image it belongs to: the image itself, or the scaled residual of a prediction or of the
 * photo.
 */
import { keepFineDetail } from "../diffusion/fine-detail.js";
import type { Planes } from "../images/image.js";

export interface Diffused {
  /**
   * What the residual is of: the predictor's result, or the photo of a model without one. null where the image itself
   * diffuses.
   */
  readonly base: Float32Array | null;
  /** The residual is divided by this. */
  readonly scale: number;
  /** Only detail finer than a Gaussian of so many pixels is drawn; null for all of the residual. */
  readonly finePx: number | null;
  /** Factor of the sample in the result. */
  readonly share: number;
}

/** Keeps only the fine detail of a sample, in place: the rest of what a trained network draws is error. */
export function keptOf(drawn: Planes, { finePx }: Pick<Diffused, "finePx">): Planes {
  if (finePx !== null) keepFineDetail(drawn, finePx);
  return drawn;
}

/** The finished image of a draw or an estimate, within [-1, 1]. Uses up the array of `drawn`. */
export function imageFromDrawn(drawn: Planes, diffused: Diffused): Planes {
  const { base, scale, share } = diffused;
  const { data } = keptOf(drawn, diffused);
  const factor = scale * share;
  for (let i = 0; i < data.length; i++) data[i] = Math.max(-1, Math.min(1, (base ? base[i]! : 0) + factor * data[i]!));
  return drawn;
}

/**
 * What would have to be drawn for `image` to be the result at a share of 1, within what is drawn at all. A new array.
 */
export function drawnFromImage(image: Planes, diffused: Pick<Diffused, "base" | "scale" | "finePx">): Planes {
  const { base, scale } = diffused;
  return keptOf({ ...image, data: image.data.map((value, i) => (value - (base ? base[i]! : 0)) / scale) }, diffused);
}
