/** @file A photograph in, photographs out, whatever its depth, channels and metadata. */
import type { Photo } from "../images/photo.js";
import { planesFromRaster, rasterLike } from "../images/pixels.js";
import { keepTone as keepToneOf } from "./keep-tone.js";
import { type Mask, masked } from "./mask.js";
import type { RestoreOptions, Restorer } from "./restorer.js";

export interface RestorePhotoOptions extends RestoreOptions {
  /** Restores only where it is not 0; all else stays to the bit. */
  readonly mask?: Mask;
  /** Brightness and colours over some 64 px stay those of the photo (true). */
  readonly keepTone?: boolean;
}

/**
 * The restorations of a photo, as many as `samples` asks for (1). Each has the size, depth, profile and EXIF of the original; a grey
 * photo stays grey (the mean of the restored channels), alpha is taken over untouched. Throws what the restorer throws.
 */
export async function restorePhoto(
  restorer: Pick<Restorer, "restore">,
  photo: Photo,
  { mask, keepTone = true, ...options }: RestorePhotoOptions = {},
): Promise<readonly Photo[]> {
  if (mask) masked(photo.raster, photo.raster, mask); // a mask of another size is better refused before the work
  const blurry = planesFromRaster(photo.raster);
  const { samples } = await restorer.restore(blurry, options);
  return samples.map((planes) => {
    if (keepTone) keepToneOf(planes, blurry);
    const restored = rasterLike(planes, photo.raster);
    return { ...photo, raster: mask ? masked(restored, photo.raster, mask) : restored };
  });
}
