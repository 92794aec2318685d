/** @file A photograph in, photographs out, whatever its depth, channels and metadata. */
import type { Photo } from "../images/photo.js";
import { planesFromRaster, rasterLike } from "../images/pixels.js";
import type { RestoreOptions, Restorer } from "./restorer.js";

/**
 * The restorations of a photo, as many as `samples` asks for (1). Each has the size, depth, profile and EXIF of the original; a grey
 * photo stays grey (the mean of the restored channels), alpha is taken over untouched. Throws what the restorer throws.
 */
export async function restorePhoto(
  restorer: Restorer,
  photo: Photo,
  options: RestoreOptions = {},
): Promise<readonly Photo[]> {
  const { samples } = await restorer.restore(planesFromRaster(photo.raster), options);
  return samples.map((planes) => ({ ...photo, raster: rasterLike(planes, photo.raster) }));
}
