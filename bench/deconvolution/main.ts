/**
 * @file What blind deconvolution gains on pairs, without any network, beside the blurry photo and beside the estimate
 * that the model in the package was trained with:
 *
 * npx tsx bench/deconvolution/main.ts --data PAIRS [--match REGEX] [--response encoded|gamma2.2] [--skip-packaged]
 * [--threads N] [--json FILE]
 *
 * PAIRS has the folders blur/ and sharp/ with the same names in both. Figures are PSNR in dB after the best sub-pixel
 * shift (25 px left out at each border), and in place. Levin's pairs only mean something registered.
 */
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { readRgb } from "../../platform/node/photos/image-file.js";
import { startBlurThread } from "../../platform/node/threads/blur-thread.js";
import { BlurThreads } from "../../src/deconvolution/blur-threads.js";
import { deconvolve } from "../../src/deconvolution/deconvolve.js";
import { deconvolveBlind } from "../../src/deconvolution/hypotheses/deconvolve-blind.js";
import type { Response } from "../../src/deconvolution/hypotheses/response.js";
import { type Levels, levelsFromPlanes, levelsFromRaster } from "../../src/evaluation/metrics/levels.js";
import { psnr } from "../../src/evaluation/metrics/psnr.js";
import { register } from "../../src/evaluation/metrics/register.js";
import { planesFromRaster } from "../../src/images/pixels.js";

const { values } = parseArgs({
  options: {
    data: { type: "string" },
    match: { type: "string", default: "." },
    response: { type: "string" },
    "skip-packaged": { type: "boolean", default: false },
    threads: { type: "string", default: "1" },
    json: { type: "string" },
  },
});
if (!values.data) throw new Error("--data is needed: a folder with blur/ and sharp/");
const { data } = values;
const estimator = new BlurThreads(Number(values.threads), startBlurThread);

interface Figures {
  readonly registered: number;
  readonly inPlace: number;
}
interface Row {
  readonly name: string;
  readonly blurry: Figures;
  readonly packaged: Figures | null;
  readonly blind: Figures;
  readonly response: Response;
  /** Place by place. */
  readonly hypotheses: readonly string[];
  readonly score: number;
  readonly seconds: number;
  readonly cpuSeconds: number;
}

const rows: Row[] = [];
const matching = new RegExp(values.match);
for (const name of readdirSync(join(data, "blur")).filter((name) => matching.test(name))) {
  const blurry = await readRgb(join(data, "blur", name));
  const truth = levelsFromRaster(await readRgb(join(data, "sharp", name)));
  const figures = (picture: Levels): Figures => {
    const laid = register(picture, truth);
    return { registered: psnr(laid.restored, laid.truth), inPlace: psnr(picture, truth) };
  };
  const photo = planesFromRaster(blurry);
  const [startedAt, cpu] = [performance.now(), process.cpuUsage()];
  const { response, candidates } = await deconvolveBlind(photo, {
    estimator,
    ...(values.response ? { response: values.response as Response } : {}),
  });
  const [seconds, cpuSeconds] = [(performance.now() - startedAt) / 1000, process.cpuUsage(cpu).user / 1e6];
  const [best] = candidates;
  const row: Row = {
    ...{ name, blurry: figures(levelsFromRaster(blurry)), response, score: best!.score, seconds, cpuSeconds },
    packaged: values["skip-packaged"]
      ? null
      : figures(levelsFromPlanes((await deconvolve(photo, { estimator })).deconvolved)),
    blind: figures(levelsFromPlanes(best!.deconvolved)),
    hypotheses: best!.places.map(({ hypothesis }) => hypothesis),
  };
  rows.push(row);
  console.log(
    lineOf(row.name, row),
    `${response}: ${row.hypotheses.join(", ")}; ${seconds.toFixed(1)} s, ${cpuSeconds.toFixed(1)} s of CPU`,
  );
}
estimator.release();

function lineOf(name: string, { blurry, packaged, blind }: Pick<Row, "blurry" | "packaged" | "blind">): string {
  const both = (figures: Figures | null) =>
    figures ? `${figures.registered.toFixed(2)} (${figures.inPlace.toFixed(2)})` : "-";
  return [name, both(blurry), both(packaged), both(blind)].join(" | ");
}

const mean = (of: (row: Row) => Figures | null): Figures | null => {
  const all = rows.map(of);
  if (all.some((figures) => figures === null)) return null;
  const over = (key: keyof Figures) => all.reduce((sum, figures) => sum + figures![key] / all.length, 0);
  return { registered: over("registered"), inPlace: over("inPlace") };
};
console.log("registered (in place): photo | blurry | as the packaged model was trained with | blind");
console.log(
  lineOf(`mean of ${rows.length}`, {
    blurry: mean((row) => row.blurry)!,
    packaged: mean((row) => row.packaged),
    blind: mean((row) => row.blind)!,
  }),
);
if (values.json) writeFileSync(values.json, `${JSON.stringify(rows, null, 2)}\n`);
