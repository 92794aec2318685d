/** @file Restores a picture's file to files. */
import { dirname } from "node:path";
import { throwIfCancelled } from "../../../src/base/errors.js";
import { textOfKernels } from "../../../src/deconvolution/kernel-file.js";
import { enlargedRaster } from "../../../src/images/enlarge.js";
import { fileKind } from "../../../src/images/file-kind.js";
import type { Raster } from "../../../src/images/image.js";
import { tooLargeForJpeg } from "../../../src/images/jpeg-segments.js";
import { IMAGE_FORMATS, type ImageFormat, type Photo } from "../../../src/images/photo.js";
import { depthOf, hasAlpha, planesFromRaster } from "../../../src/images/pixels.js";
import { type ReblurCell, reblur } from "../../../src/insight/reblur.js";
import { kernelPicture } from "../../../src/reports/kernel-picture.js";
import type { Provenance } from "../../../src/reports/page.js";
import { type RestorePhotoOptions, restorePhoto } from "../../../src/restoration/restore-photo.js";
import type { Restorer } from "../../../src/restoration/restorer.js";
import { isLeft } from "../../../src/restoration/sharpness.js";
import { checkNames, StagedFiles } from "../files/atomic-file.js";
import { checkFolder } from "../files/check-folder.js";
import { encodeImage, readImage } from "./image-file.js";
import { readPicture } from "./image-source.js";
import { filesOf, kernelsTextOf, type OutputPlan, type SummaryPaths } from "./output-paths.js";
import { writeSampleSummary } from "./samples-files.js";

export interface RestoreFileOptions extends RestorePhotoOptions {
  /** Replace existing outputs; by default they are an error. */
  readonly overwrite?: boolean | undefined;
  /** Description of the restoration for the page of several samples. */
  readonly provenance?: Provenance | undefined;
  /** Name of the photo in error messages; its path when left out. */
  readonly name?: string | undefined;
  /** Bytes of the photo's file, if the plan's input is no readable path. */
  readonly bytes?: Uint8Array | undefined;
  /** Receives the only output instead of the file that the plan names. */
  writeTo?(bytes: Uint8Array): void;
  /** Called when the photo's pixels have been read and the restoration begins. */
  onRead?(): void;
}

export interface RestoredFile {
  readonly input: string;
  readonly outputs: readonly string[];
  readonly summary: SummaryPaths | null;
  readonly kernels: string | null;
  /** Check of the first restoration; null if the plan has no picture of it. */
  readonly check: RestorationCheck | null;
  /** Size of the outputs in pixels. */
  readonly width: number;
  readonly height: number;
  /** true: the photo was already sharp; the outputs are the photo itself, without summary and check. */
  readonly sharp: boolean;
  readonly elapsedMs: number;
  /** Warnings: properties lost in reading the photo or in the output format. */
  readonly warnings: readonly string[];
}

/**
 * Restores one file. Outputs are written together, after all of them are computed, in folders that are created if
 * missing. An output created meanwhile is not replaced without `overwrite`. Throws `file`, `image`, `cancelled` and the
 * errors of the restorer; then nothing has been written under the outputs' names.
 */
export async function restoreFile(
  restorer: Restorer,
  plan: OutputPlan,
  {
    overwrite = false,
    provenance = { command: "restoreFile", facts: {} },
    name,
    bytes: given,
    writeTo,
    onRead,
    ...options
  }: RestoreFileOptions = {},
): Promise<RestoredFile> {
  const startedAt = performance.now();
  const { input, outputs, format, summary, kernels } = plan;
  if (!writeTo) {
    await checkNames(filesOf(plan), { replace: overwrite });
    checkFolder(dirname(outputs[0]!));
  }
  // Read once: a pipe can be read only once, and a sharp photo is copied.
  const bytes = given ?? (await readPicture(input, { name, signal: options.signal }));
  const photo = await readImage(bytes, { name: name ?? input });
  onRead?.();
  const { scale } = restorer;
  const [width, height] = [scale * photo.raster.width, scale * photo.raster.height];
  const target = format ?? photo.format;
  await using files = new StagedFiles({ replace: overwrite, makeFolders: true });
  const write = async (output: string, content: Uint8Array) =>
    writeTo ? writeTo(content) : files.write(output, content);
  if (isLeft(() => planesFromRaster(photo.raster), { ...options, scale })) {
    const kind = fileKind(bytes);
    const isSame = kind !== undefined && "format" in kind && kind.format === target;
    const copy = isSame ? bytes : await encodeImage(photo, { format: target });
    for (const output of outputs) await write(output, copy);
    await files.commit();
    return {
      ...{ input, outputs, summary: null, kernels: null, check: null, width, height, sharp: true },
      elapsedMs: Math.round(performance.now() - startedAt),
      warnings: isSame ? [] : lossesIn(photo, target),
    };
  }
  const restored = await restorePhoto(restorer, photo, options);
  throwIfCancelled(options.signal);
  for (const [k, output] of outputs.entries()) await write(output, await encodeImage(restored[k]!, { format: target }));
  const original = scale === 1 ? photo : { ...photo, raster: enlargedRaster(photo.raster, scale) };
  if (summary)
    await writeSampleSummary(files, summary, { photo: original, name: input, restored, format: target, provenance });
  const check = kernels === null ? null : await checkRestoration(files, kernels, original.raster, restored[0]!.raster);
  throwIfCancelled(options.signal);
  await files.commit();
  return {
    ...{ input, outputs, summary, kernels, check, width, height, sharp: false },
    elapsedMs: Math.round(performance.now() - startedAt),
    warnings: lossesIn(photo, target),
  };
}

/** Warnings: properties of the file that were not read, and properties of the photo that the format cannot hold. */
function lossesIn({ raster, metadata, warnings = [] }: Photo, format: ImageFormat): string[] {
  const { name, deep, alpha } = IMAGE_FORMATS[format];
  const losses = {
    [`${name} has no transparency: it was laid on white`]: hasAlpha(raster) && !alpha,
    [`${name} has 8 bits a channel: the 16 of the original were rounded`]: depthOf(raster) === 16 && !deep,
    "AVIF has 10 bits a channel: the 16 of the original were rounded": depthOf(raster) === 16 && format === "avif",
    [`${name} cannot store the photo's colour description: colours may look different`]:
      (metadata.pngColour !== undefined && format !== "png" && !(format === "avif" && metadata.colourCode)) ||
      (metadata.colourCode !== undefined && format !== "png" && format !== "avif"),
    "EXIF is not written to TIFF": metadata.exif !== undefined && format === "tiff",
    [`${name} cannot hold the HDR gain map: the result is the standard picture`]:
      metadata.gainMap !== undefined && format !== "jpeg",
    [`${name} cannot hold the film of the motion photo`]: metadata.film !== undefined && format !== "jpeg",
    [`IPTC metadata (caption, author) are not written to ${name}`]:
      metadata.photoshop !== undefined && format !== "jpeg",
    [`JPEG has no room for the photo's ${tooLargeForJpeg(metadata).join(" and ")}`]:
      tooLargeForJpeg(metadata).length > 0 && format === "jpeg",
  };
  return [...warnings, ...Object.entries(losses).flatMap(([text, happened]) => (happened ? [text] : []))];
}

/** The result of `reblur` without the kernels, which are in the picture. */
interface RestorationCheck {
  readonly psnr: number;
  readonly explained: number | null;
  readonly cells: readonly Omit<ReblurCell, "kernel">[];
}

/**
 * Computes the check and stages two files: the picture of the kernels over the photo, `path`, and their JSON beside it.
 */
async function checkRestoration(
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
