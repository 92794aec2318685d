/** @file Check of a restoration: how well it explains its photo, as figures and as a picture of the local blur. */
import { textOfKernels } from "../../../src/deconvolution/kernel-file.js";
import type { Raster } from "../../../src/images/image.js";
import { planesFromRaster } from "../../../src/images/pixels.js";
import { type ReblurCell, reblur } from "../../../src/insight/reblur.js";
import { kernelPicture } from "../../../src/reports/kernel-picture.js";
import type { StagedFiles } from "../files/atomic-file.js";
import { encodeImage } from "./image-file.js";
import { kernelsTextOf } from "./output-paths.js";

/** The result of `reblur` without the kernels, which are in the picture. */
export interface RestorationCheck {
  readonly psnr: number;
  readonly explained: number | null;
  readonly cells: readonly Omit<ReblurCell, "kernel">[];
}

/** Computes the check and stages the picture of the kernels, drawn over the photo, for `path`, and their JSON beside it. */
export async function checkRestoration(
  files: StagedFiles,
  path: string,
  photo: Raster,
  restored: Raster,
): Promise<RestorationCheck> {
  const blurry = planesFromRaster(photo);
  const result = reblur(blurry, planesFromRaster(restored));
  const picture = { raster: kernelPicture(blurry, result), format: "png" as const, metadata: {} };
  await files.write(path, await encodeImage(picture));
  await files.write(kernelsTextOf(path), new TextEncoder().encode(textOfKernels(result.cells)));
  return { ...result, cells: result.cells.map(({ kernel, ...cell }) => cell) };
}
