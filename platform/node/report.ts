/** @file What a report needs of this machine: pictures encoded into it, and its files written. */
import { join } from "node:path";
import type { Raster } from "../../src/images/image.js";
import { csvFromRecords } from "../../src/reports/csv.js";
import { dataUri, type Picture } from "../../src/reports/pictures.js";
import { writeFileAtomically } from "./atomic-file.js";
import { encodeImage } from "./image-file.js";
import { makeFolder } from "./make-folder.js";

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
}

/** Writes FOLDER/NAME.html, .json and .csv, each in full or not at all, and returns their paths. Throws `file`. */
export async function writeReport(
  folder: string,
  name: string,
  { page, numbers, records }: ReportFiles,
): Promise<string[]> {
  await makeFolder(folder);
  const files = {
    json: `${JSON.stringify(numbers, null, 2)}\n`,
    csv: csvFromRecords(records),
    html: page, // last: whoever sees it has its numbers beside it
  };
  const paths: string[] = [];
  for (const [ending, text] of Object.entries(files)) {
    const path = join(folder, `${name}.${ending}`);
    await writeFileAtomically(path, new TextEncoder().encode(text));
    paths.unshift(path);
  }
  return paths;
}
