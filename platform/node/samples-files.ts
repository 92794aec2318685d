/** @file What several restorations of one photo say together, as files. */
import { basename } from "node:path";
import { encodeFloatTiff } from "../../src/images/float-tiff.js";
import type { Raster } from "../../src/images/image.js";
import type { ImageFormat, Photo } from "../../src/images/photo.js";
import { planesFromRaster } from "../../src/images/pixels.js";
import { contactSheet } from "../../src/insight/contact-sheet.js";
import { preview, previewFactor } from "../../src/insight/preview.js";
import { samplesSheet } from "../../src/insight/samples-sheet.js";
import type { Provenance } from "../../src/reports/page.js";
import { summariseSamples, uncertaintyPicture } from "../../src/restoration/sample-summary.js";
import { writeFileAtomically } from "./atomic-file.js";
import { writeImage } from "./image-file.js";
import type { SummaryPaths } from "./output-paths.js";
import { embedPicture } from "./report.js";

/** Pictures of the sheet are at most so wide or high. */
const PREVIEW_PX = 900;

/** Frames on the contact sheet. */
const TYPICAL = [60, 190, 90] as const;
const FURTHEST = [240, 160, 40] as const;

function small(raster: Raster): Raster {
  const planes = planesFromRaster(raster);
  return preview({ ...planes, valueAt: (i) => planes.data[i]! }, PREVIEW_PX);
}

/** Writes the mean, the uncertainty as picture and as numbers, and all of them on a contact sheet and on a page; each in full or not at all. */
export async function writeSampleSummary(
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
): Promise<readonly string[]> {
  const rasters = restored.map(({ raster }) => raster);
  const { width, height } = photo.raster;
  const summary = summariseSamples(rasters);
  const uncertainty = uncertaintyPicture(summary.deviation, width, height);
  await writeImage(paths.mean, { ...restored[0]!, raster: summary.mean }, { format });
  await writeImage(paths.uncertainty, { raster: uncertainty, format: "png", metadata: {} });
  await writeFileAtomically(paths.deviation, encodeFloatTiff({ width, height, data: summary.deviation }));
  const previews = rasters.map(small);
  const marked = (k: number) =>
    k === summary.medoid ? { frame: TYPICAL } : summary.furthest.includes(k) ? { frame: FURTHEST } : {};
  const contact = contactSheet([
    { picture: small(photo.raster) },
    { picture: small(summary.mean) },
    { picture: small(uncertainty) },
    ...previews.map((picture, k) => ({ picture, ...marked(k) })),
  ]);
  await writeImage(paths.contact, { raster: contact, format: "png", metadata: {} });
  const page = samplesSheet({
    photo: basename(name),
    blurry: await embedPicture(small(photo.raster), "the photo"),
    samples: await Promise.all(previews.map((picture, k) => embedPicture(picture, `restoration ${k + 1}`))),
    mean: await embedPicture(small(summary.mean), "the mean of all restorations"),
    uncertainty: await embedPicture(small(uncertainty), "how much the restorations differ"),
    ...{ summary, provenance, reduced: previewFactor({ width, height }, PREVIEW_PX) },
  });
  await writeFileAtomically(paths.sheet, new TextEncoder().encode(page));
  return Object.values(paths);
}
