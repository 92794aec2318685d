/** @file What a report needs of this machine: pictures encoded into it, and its files written. */
import { join } from "node:path";
import type { Raster } from "../../../src/images/image.js";
import { csvFromRecords } from "../../../src/reports/csv.js";
import { dataUri, type Picture } from "../../../src/reports/pictures.js";
import { StagedFiles } from "../files/atomic-file.js";
import { encodeImage } from "./image-file.js";

/** WebP is a third smaller than JPEG at this quality, and every browser of the last years shows it. */
const QUALITY = 88;

/** A picture inside the page. `quality`: 1 to 100. */
export async function embedPicture(raster: Raster, alt: string, quality = QUALITY): Promise<Picture> {
  const bytes = await encodeImage({ raster, format: "webp", metadata: {} }, { quality });
  return { src: dataUri("image/webp", bytes), alt, width: raster.width, height: raster.height };
}

export interface ReportFiles {
  /** The page, from `reportPage`. */
  readonly page: string;
  /** All numbers, with what they were made with: NAME.json. */
  readonly numbers: unknown;
  /** One line for each measurement: NAME.csv. */
  readonly records: Parameters<typeof csvFromRecords>[0];
  /** What lies beside them, by its ending: NAME-steps.png of "-steps.png". */
  readonly besides?: Readonly<Record<string, Uint8Array>>;
}

/**
 * Writes FOLDER/NAME.html, .json, .csv and what lies beside them, all or none, and returns their paths. Throws `file`.
 */
export async function writeReport(
  folder: string,
  name: string,
  { page, numbers, records, besides = {} }: ReportFiles,
): Promise<string[]> {
  const utf8 = (text: string) => new TextEncoder().encode(text);
  const endings = {
    ...besides,
    ".csv": utf8(csvFromRecords(records)),
    ".json": utf8(`${JSON.stringify(numbers, null, 2)}\n`),
    ".html": utf8(page), // last, so that the page never exists without its numbers
  };
  await using files = new StagedFiles({ makeFolders: true });
  for (const [ending, bytes] of Object.entries(endings)) await files.write(join(folder, `${name}${ending}`), bytes);
  await files.commit();
  return [".html", ".csv", ".json", ...Object.keys(besides)].map((ending) => join(folder, `${name}${ending}`));
}
