/** @file How well a restoration explains its photo, as figures and as a picture of the local blur. */
import type { Raster } from "../../src/images/image.js";
import { planesFromRaster } from "../../src/images/pixels.js";
import { kernelPicture } from "../../src/insight/kernel-picture.js";
import { type ReblurCell, reblur } from "../../src/insight/reblur.js";
import { writeImage } from "./image-file.js";

/** What `reblur` says but the kernels themselves, which are in the picture. */
export interface RestorationCheck {
  readonly psnr: number;
  readonly explained: number | null;
  readonly cells: readonly Omit<ReblurCell, "kernel">[];
}

/** Writes the kernels over the photo to `path`, in full or not at all. */
export async function checkRestoration(path: string, photo: Raster, restored: Raster): Promise<RestorationCheck> {
  const blurry = planesFromRaster(photo);
  const result = reblur(blurry, planesFromRaster(restored));
  await writeImage(path, { raster: kernelPicture(blurry, result), format: "png", metadata: {} });
  return { ...result, cells: result.cells.map(({ kernel, ...cell }) => cell) };
}
