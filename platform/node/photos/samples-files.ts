/** @file Files that summarise several restorations of one photo. */
import { basename } from "node:path";
import { encodeFloatTiff } from "../../../src/images/float-tiff.js";
import type { Raster } from "../../../src/images/image.js";
import type { ImageFormat, Photo } from "../../../src/images/photo.js";
import { planesFromRaster } from "../../../src/images/pixels.js";
import { preview, previewFactor } from "../../../src/images/preview.js";
import { contactSheet } from "../../../src/reports/contact-sheet.js";
import type { Provenance } from "../../../src/reports/page.js";
import { samplesSheet } from "../../../src/reports/samples-sheet.js";
import { summariseSamples, uncertaintyPicture } from "../../../src/restoration/sample-summary.js";
import type { StagedFiles } from "../files/atomic-file.js";
import { encodeImage } from "./image-file.js";
import type { SummaryPaths } from "./output-paths.js";
import { embedPicture } from "./report.js";

/** Longest side of the sheet's pictures, in pixels. */
const PREVIEW_PX = 900;

/** Colours of the frames on the contact sheet. */
const TYPICAL = [60, 190, 90] as const;
const FURTHEST = [240, 160, 40] as const;

function small(raster: Raster): Raster {
  const planes = planesFromRaster(raster);
  return preview({ ...planes, valueAt: (i) => planes.data[i]! }, PREVIEW_PX);
}

/** Stages the mean, the uncertainty as a picture and as numbers, and a contact sheet and a page of all restorations. */
export async function writeSampleSummary(
  files: StagedFiles,
  paths: SummaryPaths,
  {
    photo,
    name,
    restored,
    format,
    provenance,
  }: {
    readonly photo: Photo;
    readonly name: string;
    readonly restored: readonly Photo[];
    readonly format: ImageFormat;
    readonly provenance: Provenance;
  },
): Promise<void> {
  const rasters = restored.map(({ raster }) => raster);
  const { width, height } = photo.raster;
  const summary = summariseSamples(rasters);
  const uncertainty = uncertaintyPicture(summary.deviation, width, height);
  const writePng = async (path: string, raster: Raster) =>
    files.write(path, await encodeImage({ raster, format: "png", metadata: {} }));
  await files.write(paths.mean, await encodeImage({ ...restored[0]!, raster: summary.mean }, { format }));
  await writePng(paths.uncertainty, uncertainty);
  await files.write(paths.deviation, encodeFloatTiff({ width, height, data: summary.deviation }));
  const previews = rasters.map(small);
  const marked = (k: number) =>
    k === summary.medoid ? { frame: TYPICAL } : summary.furthest.includes(k) ? { frame: FURTHEST } : {};
  const contact = contactSheet([
    { picture: small(photo.raster) },
    { picture: small(summary.mean) },
    { picture: small(uncertainty) },
    ...previews.map((picture, k) => ({ picture, ...marked(k) })),
  ]);
  await writePng(paths.contact, contact);
  const page = samplesSheet({
    photo: basename(name),
    blurry: await embedPicture(small(photo.raster), "the photo"),
    samples: await Promise.all(previews.map((picture, k) => embedPicture(picture, `restoration ${k + 1}`))),
    mean: await embedPicture(small(summary.mean), "the mean of all restorations"),
    uncertainty: await embedPicture(small(uncertainty), "how much the restorations differ"),
    ...{ summary, provenance, reduced: previewFactor({ width, height }, PREVIEW_PX) },
  });
  await files.write(paths.sheet, new TextEncoder().encode(page));
}
