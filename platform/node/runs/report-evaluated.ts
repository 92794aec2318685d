/** @file Writes the page of an evaluation. */
import type { Raster } from "../../../src/images/image.js";
import { type EvaluationPage, evaluationPage } from "../../../src/reports/evaluation-page.js";
import type { WorstPicture } from "../../../src/reports/worst-pictures.js";
import { writeFileAtomically } from "../files/atomic-file.js";
import { embedPicture } from "../photos/report.js";

/** Creates folders; replaces an existing file. Throws `file`. */
export async function writeEvaluationPage(
  path: string,
  { worst, ...page }: Omit<EvaluationPage, "worst"> & { readonly worst: readonly WorstPicture<Raster>[] },
): Promise<void> {
  const embedded = worst.map(async ({ views, scores, ...rest }) => ({
    ...rest,
    scores,
    views: await Promise.all(
      views.map(async (view) => ({
        ...view,
        picture: await embedPicture(view.picture, `${scores.name}: ${view.label}`),
      })),
    ),
  }));
  const text = evaluationPage({ ...page, worst: await Promise.all(embedded) });
  await writeFileAtomically(path, new TextEncoder().encode(text), { makeFolders: true });
}
