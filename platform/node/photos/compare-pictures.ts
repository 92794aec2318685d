/** @file Blind comparison of folders of restored pictures: a page, a sheet for each photo, and the key. */
import { readdir } from "node:fs/promises";
import { basename, extname, join } from "node:path";
import { argumentError, throwIfCancelled, UnblurError } from "../../../src/base/errors.js";
import { Rng } from "../../../src/base/random.js";
import { cropRaster } from "../../../src/images/crop.js";
import type { Raster } from "../../../src/images/image.js";
import { formatFromPath } from "../../../src/images/photo.js";
import { type BlindPhoto, blindComparisonPage, letterOf } from "../../../src/reports/blind-comparison.js";
import { contactSheet } from "../../../src/reports/contact-sheet.js";
import { differingCrops } from "../../../src/reports/differing-crop.js";
import type { Provenance } from "../../../src/reports/page.js";
import { StagedFiles } from "../files/atomic-file.js";
import { checkFolder } from "../files/check-folder.js";
import { encodeImage, readRgb } from "./image-file.js";
import { embedPicture } from "./report.js";

export interface CompareOptions {
  /** Folder of the blurry photos. */
  readonly photos: string;
  /**
   * A folder of results for each method, named after the photos: `street.png` or `street.restored.png` for
   * `street.jpg`.
   */
  readonly results: readonly string[];
  readonly out: string;
  readonly cropPx: number;
  readonly cropsPerPhoto: number;
  /** Seed of the hidden order. */
  readonly seed: number;
  readonly provenance: Provenance;
  /** Called with each photo that is left out because a folder has no result for it. */
  onProblem(text: string): void;
  onProgress(done: number, total: number): void;
  readonly signal?: AbortSignal | undefined;
}

const stemOf = (file: string): string => basename(file, extname(file));

/** Picture files in a folder, sorted. Throws `file`. */
async function picturesIn(folder: string): Promise<string[]> {
  let names: string[];
  try {
    names = await readdir(folder);
  } catch (cause) {
    throw new UnblurError("file", `${folder}: expected a folder of pictures, which cannot be read (${String(cause)})`, {
      cause,
    });
  }
  return names.filter((name) => formatFromPath(name) !== null).sort();
}

/** The result's file: its name is the photo's name, or begins with it and a dot or hyphen. */
function resultOf(photo: string, files: readonly string[]): string | null {
  const stem = stemOf(photo);
  return (
    files.find((file) => stemOf(file) === stem) ??
    files.find((file) => file.startsWith(`${stem}.`) || file.startsWith(`${stem}-`)) ??
    null
  );
}

/**
 * Writes compare.html, sheet-01.png and so on, and key.json, all or none; returns their paths. Each row of a sheet
 * shows a crop in full size: the photo, then the results in the order of their letters. Throws `file`, `picture`,
 * `cancelled`.
 */
export async function comparePictures(options: CompareOptions): Promise<string[]> {
  const { photos, results, out, cropPx, cropsPerPhoto, seed, provenance, onProblem, onProgress, signal } = options;
  checkFolder(out);
  const methods = results.map((folder) => basename(folder));
  if (new Set(methods).size < methods.length)
    throw argumentError(
      "compare",
      "the folders of results must have different names, which name the methods",
      methods.join(", "),
    );
  const files = await picturesIn(photos);
  const offered = await Promise.all(results.map(picturesIn));
  const rng = Rng.fromSeed(seed);
  await using staged = new StagedFiles({ makeFolders: true });
  const shown: BlindPhoto[] = [];
  const paths: string[] = [];
  for (const [index, file] of files.entries()) {
    throwIfCancelled(signal);
    onProgress(index, files.length);
    const found = offered.map((names, method) => {
      const name = resultOf(file, names);
      return name && join(results[method]!, name);
    });
    const missing = found.indexOf(null);
    if (missing >= 0) {
      onProblem(`${file}: there is no result in ${results[missing]}`);
      continue;
    }
    const photo = await readRgb(join(photos, file));
    const order = [...rng.fork("order", stemOf(file)).permutation(methods.length)];
    const restored = await Promise.all(order.map((method) => readRgb(found[method]!)));
    const other = restored.find(({ width, height }) => width !== photo.width || height !== photo.height);
    if (other) {
      onProblem(`${file}: expected results of ${photo.width}x${photo.height} px, got ${other.width}x${other.height}`);
      continue;
    }
    const versions: Raster[] = [photo, ...restored];
    // Crops where the results differ from one another are preferred: where all agree there is nothing to choose.
    const places = differingCrops(restored.length > 1 ? restored : versions, cropPx, cropsPerPhoto);
    const name = `${shown.length + 1}`.padStart(2, "0");
    const cells = places.map((rect) => versions.map((version) => cropRaster(version, rect)));
    const sheet = contactSheet(
      cells.flat().map((picture) => ({ picture })),
      versions.length,
    );
    const path = join(out, `sheet-${name}.png`);
    await staged.write(path, await encodeImage({ raster: sheet, format: "png", metadata: {} }));
    paths.push(path);
    shown.push({
      ...{ name: `${name}: ${file}`, order },
      crops: await Promise.all(
        cells.map(async ([blurry, ...sharper]) => ({
          photo: await embedPicture(blurry!, "part of the photo", 95),
          results: await Promise.all(sharper.map((part, k) => embedPicture(part, `result ${letterOf(k)}`, 95))),
        })),
      ),
    });
  }
  if (shown.length === 0)
    throw new UnblurError("file", `${photos}: expected pictures that have a result in every folder, found none`);
  const key = Object.fromEntries(
    shown.map(({ name, order }) => [
      name,
      Object.fromEntries(order.map((method, k) => [letterOf(k), methods[method]!])),
    ]),
  );
  const text = (content: string) => new TextEncoder().encode(content);
  const [page, keyFile] = [join(out, "compare.html"), join(out, "key.json")];
  await staged.write(keyFile, text(`${JSON.stringify(key, null, 2)}\n`));
  await staged.write(page, text(blindComparisonPage(methods, shown, provenance)));
  await staged.commit();
  return [page, ...paths, keyFile];
}
