/** @file Encodes a report's pictures and writes its files. */
import { join } from "node:path";
import type { Raster } from "../../../src/images/image.js";
import { csvFromRecords } from "../../../src/reports/csv.js";
import { dataUri, type Picture } from "../../../src/reports/pictures.js";
import { StagedFiles } from "../files/atomic-file.js";
import { encodeImage } from "./image-file.js";

/**
 * WebP quality of a report's pictures. At this quality WebP is a third smaller than JPEG, and all current browsers
 * support it.
 */
const QUALITY = 88;

/** Encodes a picture to embed in the page. `quality`: 1 to 100. */
export async function embedPicture(raster: Raster, alt: string, quality = QUALITY): Promise<Picture> {
  const bytes = await encodeImage({ raster, format: "webp", metadata: {} }, { quality });
  return { src: dataUri("image/webp", bytes), alt, width: raster.width, height: raster.height };
}

export interface ReportFiles {
  /** The page, from `reportPage`. */
  readonly page: string;
  /** All numbers and the settings that produced them: NAME.json. */
  readonly numbers: unknown;
  /** One record for each measurement: NAME.csv. */
  readonly records: Parameters<typeof csvFromRecords>[0];
  /** Further files by their endings: "-steps.png" is written as NAME-steps.png. */
  readonly extraFiles?: Readonly<Record<string, Uint8Array>>;
}

/**
 * Writes FOLDER/NAME.html, .json, .csv and the further files, all or none; returns their paths. Throws `file`.
 */
export async function writeReport(
  folder: string,
  name: string,
  { page, numbers, records, extraFiles = {} }: ReportFiles,
): Promise<string[]> {
  const utf8 = (text: string) => new TextEncoder().encode(text);
  const endings = {
    ...extraFiles,
    ".csv": utf8(csvFromRecords(records)),
    ".json": utf8(`${JSON.stringify(numbers, null, 2)}\n`),
    ".html": utf8(page), // written last, so that the page never exists without its numbers
  };
  await using files = new StagedFiles({ makeFolders: true });
  for (const [ending, bytes] of Object.entries(endings)) await files.write(join(folder, `${name}${ending}`), bytes);
  await files.commit();
  return [".html", ".csv", ".json", ...Object.keys(extraFiles)].map((ending) => join(folder, `${name}${ending}`));
}
