/** @file How long a batch will take: measured on a part of one photo, with the very settings of the batch. */
import { cropRaster } from "../../../src/images/crop.js";
import { type RestorePhotoOptions, restorePhoto } from "../../../src/restoration/restore-photo.js";
import type { Restorer } from "../../../src/restoration/restorer.js";
import { readImage } from "../photos/image-file.js";

/** Large enough for the pace of whole photos, small enough to be a fraction of the batch. */
const PART_PX = 768;
/** Batches of fewer pixels are done before an estimate would help much. */
export const LEAST_PIXELS = 40 * PART_PX ** 2;

/** Milliseconds a pixel, of restoring the middle of a photo of at least that size. Throws what reading and restoring throw. */
export async function measurePace(
  restorer: Pick<Restorer, "restore">,
  path: string,
  { mask: _, ...options }: RestorePhotoOptions,
): Promise<number> {
  const photo = await readImage(path, { signal: options.signal });
  const { raster } = photo;
  const [width, height] = [Math.min(PART_PX, raster.width), Math.min(PART_PX, raster.height)];
  const left = Math.floor((raster.width - width) / 2);
  const top = Math.floor((raster.height - height) / 2);
  const part = { ...photo, raster: cropRaster(raster, { left, top, width, height }) };
  const startedAt = performance.now();
  await restorePhoto(restorer, part, options);
  return (performance.now() - startedAt) / (width * height);
}
