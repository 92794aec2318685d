/**
 * @file What blind deconvolution gains on pairs, what it would gain if it knew the truth, and what a model's prediction makes of it; the
 * tables of docs/decisions/0029:
 *
 *   npx tsx scripts/measure-deconvolution.ts --data PAIRS [--model default] [--cell 896] [--threads 1]
 *
 * The best one kernel could do is the same filter with the kernel between truth and photo.
 */
import { parseArgs } from "node:util";
import { loadModel } from "../platform/node/load-model.js";
import { openPairs } from "../platform/node/pairs.js";
import { createRuntime } from "../platform/node/runtime.js";
import { fitKernel } from "../src/blur/fit-kernel.js";
import { lightFromUnit } from "../src/blur/light.js";
import { deconvolve, deconvolveWith } from "../src/deconvolution/deconvolve.js";
import { levelsFromPlanes, levelsFromRaster } from "../src/evaluation/metrics/levels.js";
import { psnr } from "../src/evaluation/metrics/psnr.js";
import type { Planes, Raster } from "../src/images/image.js";
import { greyPlanes, planesFromRaster } from "../src/images/pixels.js";
import { keepTone } from "../src/restoration/keep-tone.js";
import { createRestorer } from "../src/restoration/model-restorer.js";

const { values } = parseArgs({
  options: {
    data: { type: "string" },
    model: { type: "string", default: "default" },
    cell: { type: "string", default: "896" },
    threads: { type: "string", default: "1" },
  },
});
const { data } = values;
if (!data) throw new Error("--data is needed: a folder of pairs");
const restorer = createRestorer(await loadModel(values.model), createRuntime({ threads: Number(values.threads) }));

const greyLight = (raster: Raster): Planes => greyPlanes(lightFromUnit(planesFromRaster(raster, "unit"), "gamma2.2"));
const { pairs } = await openPairs(data);
const rows: number[][] = [];
console.log("| | its best | deconvolution | prediction |\n| --- | --- | --- | --- |");
const shown = (name: string, gains: readonly number[]) =>
  console.log(`| ${[name, ...gains.map((gain) => gain.toFixed(2))].join(" | ")} |`);
for await (const { name, blurry, sharp } of pairs()) {
  const photo = planesFromRaster(blurry);
  const truth = levelsFromRaster(sharp);
  const before = psnr(levelsFromRaster(blurry), truth);
  const gain = (planes: Planes) => psnr(levelsFromPlanes(planes), truth) - before;
  const { restored } = await restorer.restore(photo, { steps: 0 });
  keepTone(restored, photo);
  const known = await deconvolveWith(photo, fitKernel(greyLight(sharp), greyLight(blurry)));
  const { deconvolved } = await deconvolve(photo, { cellPx: Number(values.cell) });
  const row = [gain(known), gain(deconvolved), gain(restored)];
  rows.push(row);
  shown(name, row);
}
await restorer.release();
shown(
  "mean",
  rows[0]!.map((_, i) => rows.reduce((sum, row) => sum + row[i]! / rows.length, 0)),
);
