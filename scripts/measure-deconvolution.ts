/**
 * @file What blind deconvolution gains on pairs, what it would gain if it knew the truth, and what a predictor that sees it makes of it; the
 * table of docs/decisions/0029:
 *
 *   npx tsx scripts/measure-deconvolution.ts --data PAIRS [--model default] [--cell 896] [--threads 1]
 *
 * The best one kernel could do is the same filter with the kernel between truth and photo.
 */
import { parseArgs } from "node:util";
import { loadModel } from "../platform/node/load-restorer.js";
import { openPairs } from "../platform/node/pairs.js";
import { createRuntime } from "../platform/node/runtime.js";
import { fitKernel } from "../src/blur/fit-kernel.js";
import { lightFromUnit } from "../src/blur/light.js";
import { deconvolve, deconvolveWith } from "../src/deconvolution/deconvolve.js";
import { levelsFromPlanes, levelsFromRaster } from "../src/evaluation/metrics/levels.js";
import { psnr } from "../src/evaluation/metrics/psnr.js";
import type { Planes, Raster } from "../src/images/image.js";
import { greyPlanes, planesFromRaster } from "../src/images/pixels.js";
import { createNetwork } from "../src/networks/catalog.js";
import { keepTone } from "../src/restoration/keep-tone.js";
import { WindowedNetwork } from "../src/restoration/windowed-network.js";

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
const { config, weights } = await loadModel(values.model);
if (config.predictor?.sees !== "photo and deconvolution")
  throw new Error(`model "${values.model}" does not look at deconvolutions`);
const runtime = createRuntime({ threads: Number(values.threads) });
const network = new WindowedNetwork(createNetwork(config.predictor.network), weights.predictor!, runtime, 1_000_000);

const greyLight = (raster: Raster): Planes => greyPlanes(lightFromUnit(planesFromRaster(raster, "unit"), "gamma2.2"));
const { pairs } = await openPairs(data);
const rows: number[][] = [];
console.log(
  "| | its best | deconvolution | prediction without it | prediction with it |\n| --- | --- | --- | --- | --- |",
);
const shown = (name: string, gains: readonly number[]) =>
  console.log(`| ${[name, ...gains.map((gain) => gain.toFixed(2))].join(" | ")} |`);
for await (const { name, blurry, sharp } of pairs()) {
  const photo = planesFromRaster(blurry);
  const truth = levelsFromRaster(sharp);
  const before = psnr(levelsFromRaster(blurry), truth);
  const gain = (planes: Planes) => psnr(levelsFromPlanes(planes), truth) - before;
  const predicted = async (deconvolved: Planes) => {
    const { width, height } = photo;
    const result = { ...photo, data: await network.run({ width, height, images: [photo, deconvolved] }) };
    keepTone(result, photo);
    return gain(result);
  };
  const known = await deconvolveWith(photo, fitKernel(greyLight(sharp), greyLight(blurry)));
  const { deconvolved } = await deconvolve(photo, { cellPx: Number(values.cell) });
  const row = [gain(known), gain(deconvolved), await predicted(photo), await predicted(deconvolved)];
  rows.push(row);
  shown(name, row);
}
await network.release();
shown(
  "mean",
  rows[0]!.map((_, i) => rows.reduce((sum, row) => sum + row[i]! / rows.length, 0)),
);
