/** @file Estimates the time of a batch: measured on a part of one photo with the settings of the batch. */
import { cropRaster } from "../../../src/images/crop.js";
import { type RestorePhotoOptions, restorePhoto } from "../../../src/restoration/restore-photo.js";
import type { Restoring } from "../../../src/restoration/restorer.js";
import { readImage } from "../photos/image-file.js";

/** Side of the measured part: large enough to represent whole photos, small enough to be a fraction of the batch. */
const PART_PX = 768;
/** Smaller batches finish before an estimate would help. */
export const MIN_PIXELS = 40 * PART_PX ** 2;

/**
 * Milliseconds per pixel, from restoring the middle of a photo of at least that size. Throws the errors of reading and
 * restoring.
 */
export async function measurePace(
  restorer: Pick<Restoring, "run" | "scale">,
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
