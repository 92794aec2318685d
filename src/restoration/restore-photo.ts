/** @file A photograph in, photographs out, whatever its depth, channels and metadata. */
import { argumentError } from "../base/errors.js";
import type { Planes, Raster } from "../images/image.js";
import type { Photo } from "../images/photo.js";
import { planesFromRaster, rasterLike } from "../images/pixels.js";
import { keepFlat } from "./keep-flat.js";
import { keepTone as keepToneOf } from "./keep-tone.js";
import { type Mask, masked } from "./mask.js";
import type { RestorationStep, RestoreOptions, Restorer } from "./restorer.js";

/** A step with its estimate as a finished picture: the result if the restoration ended here. */
export interface PhotoStep extends RestorationStep {
  readonly picture: Raster;
}

/** What a restoration takes from the photo after it is drawn. */
export interface FinishOptions {
  /** Restores only where it is not 0; all else stays to the bit. */
  readonly mask?: Mask | undefined;
  /** Brightness and colours over some 64 px stay those of the photo (true). */
  readonly keepTone?: boolean | undefined;
  /** Share of the correction that is applied, 0 (the photo) to 1 (the restoration; the default). */
  readonly strength?: number | undefined;
}

export interface RestorePhotoOptions extends Omit<RestoreOptions, "onStep">, FinishOptions {
  /** Called once per diffusion step. The estimate has the photo's tone. */
  onStep?(step: PhotoStep): void;
}

/**
 * A restoration as a picture like the photo's: its tone, size, depth and channels, and the photo itself where it is
 * flat or the mask says so. Every result and every estimate that is shown goes through here. Changes `planes`. `blurry`: the photo's
 * planes.
 */
export function finishedRaster(
  planes: Planes,
  photo: Raster,
  blurry: Planes,
  { mask, keepTone = true, strength = 1 }: FinishOptions,
): Raster {
  if (keepTone) keepToneOf(planes, blurry);
  keepFlat(planes, blurry);
  if (strength < 1) blend(planes.data, blurry.data, strength);
  const restored = rasterLike(planes, photo);
  return mask ? masked(restored, photo, mask) : restored;
}

/** photo + strength * (restored - photo), in place of `restored`. */
function blend(restored: Float32Array, photo: Float32Array, strength: number): void {
  for (let i = 0; i < restored.length; i++) restored[i] = photo[i]! + strength * (restored[i]! - photo[i]!);
}

/**
 * The restorations of a photo, as many as `samples` asks for (1). Each has the size, depth, profile and EXIF of the
 * original; a grey photo stays grey (the mean of the restored channels), alpha is taken over untouched. Throws what the
 * restorer throws.
 */
export async function restorePhoto(
  restorer: Pick<Restorer, "restore">,
  photo: Photo,
  { mask, keepTone, strength = 1, onStep, ...options }: RestorePhotoOptions = {},
): Promise<readonly Photo[]> {
  const { raster } = photo;
  if (!(strength >= 0 && strength <= 1)) throw argumentError("restorePhoto", "strength must be 0 to 1", strength);
  if (mask) masked(raster, raster, mask); // a mask of another size is better refused before the work
  const blurry = planesFromRaster(raster);
  const finished = (planes: Planes) => finishedRaster(planes, raster, blurry, { mask, keepTone, strength });
  const { samples } = await restorer.restore(blurry, {
    ...options,
    ...(onStep ? { onStep: (step) => onStep({ ...step, picture: finished(step.estimate) }) } : {}),
  });
  return samples.map((planes) => ({ ...photo, raster: finished(planes) }));
}
