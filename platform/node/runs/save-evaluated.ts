/** @file Saves evaluated pictures: input, restorations and truth side by side in a folder. */
import { join, relative, sep } from "node:path";
import { UnblurError } from "../../../src/base/errors.js";
import type { EvaluatedPicture } from "../../../src/evaluation/protocol.js";
import type { Raster } from "../../../src/images/image.js";
import { StagedFiles } from "../files/atomic-file.js";
import { encodeImage } from "../photos/image-file.js";

/**
 * NAME, or NAME.LEFT,TOP for a crop, under `folder`. Throws `data` for a name from a data set's list that leads out of
 * the folder.
 */
function stemOf(folder: string, { name, crop }: EvaluatedPicture["scores"]): string {
  const stem = join(folder, crop ? `${name}.${crop.left},${crop.top}` : name);
  if (relative(folder, stem).split(sep)[0] === "..")
    throw new UnblurError(
      "data",
      `${name}: expected a name inside the data's folder; "${stem}" would be outside "${folder}"`,
    );
  return stem;
}

/**
 * Writes STEM.input.png, STEM.restored.png and STEM.truth.png, 8 bits; for several samples STEM.restored.1.png and so
 * on, and STEM.mean.png; all or none. Folders are created; existing files are replaced. Returns the paths. Throws
 * `file`, `data`.
 */
export async function saveEvaluated(folder: string, picture: EvaluatedPicture): Promise<string[]> {
  const { scores, input, truth, samples, mean } = picture;
  const stem = stemOf(folder, scores);
  const named: Readonly<Record<string, Raster>> = {
    input,
    ...Object.fromEntries(samples.map((raster, k) => [samples.length > 1 ? `restored.${k + 1}` : "restored", raster])),
    ...(mean ? { mean } : {}),
    truth,
  };
  await using files = new StagedFiles({ makeFolders: true });
  const paths: string[] = [];
  for (const [what, raster] of Object.entries(named)) {
    const path = `${stem}.${what}.png`;
    await files.write(path, await encodeImage({ raster, format: "png", metadata: {} }));
    paths.push(path);
  }
  await files.commit();
  return paths;
}
