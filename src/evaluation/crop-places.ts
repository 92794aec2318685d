/** @file Positions of the crops that are measured, the same for every model. */
import { argumentError, UnblurError } from "../base/errors.js";
import { Rng } from "../base/random.js";
import type { Rect } from "../images/crop.js";

export interface CropOptions {
  readonly sidePx: number;
  /** Number of crops per picture. */
  readonly perImage: number;
  readonly seed: number;
}

/**
 * Squares at random positions, which depend only on the seed and on the picture's name and size, and so not on other
 * pictures or the model. Throws `data` if the picture is smaller than a square.
 */
export function cropPlaces(
  name: string,
  { width, height }: { readonly width: number; readonly height: number },
  { sidePx, perImage, seed }: CropOptions,
): Rect[] {
  for (const [option, value] of Object.entries({ sidePx, perImage }))
    if (!Number.isInteger(value) || value < 1)
      throw argumentError("cropPlaces", `${option} must be a positive integer`, value);
  if (width < sidePx || height < sidePx)
    throw new UnblurError(
      "data",
      `${name}: expected at least ${sidePx}x${sidePx} pixels for crops of ${sidePx} px, got ${width}x${height}; use smaller crops`,
    );
  const rng = Rng.fromSeed(seed).fork("crop", name);
  return Array.from({ length: perImage }, (_, i) => ({
    left: rng.fork("left").integer(width - sidePx + 1, i),
    top: rng.fork("top").integer(height - sidePx + 1, i),
    width: sidePx,
    height: sidePx,
  }));
}
