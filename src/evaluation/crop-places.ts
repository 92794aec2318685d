/** @file Where crops are taken from: the same places for every model. */
import { argumentError, UnblurError } from "../base/errors.js";
import { Rng } from "../base/random.js";
import type { Rect } from "../images/crop.js";

export interface CropOptions {
  readonly sidePx: number;
  /** Of each picture. */
  readonly perImage: number;
  readonly seed: number;
}

/**
 * Squares at random places, which depend on the seed, the picture's name and its size alone: not on other pictures, the model or its
 * seed. Throws `data` if the picture is smaller than a square.
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
