/**
 * @file What deconvolution gains on pairs whose kernel is known: the classical filters, and networks that are given the
 * kernel:
 *
 * npx tsx bench/deconvolution/known.ts --data PAIRS --filter total-variation --filter RUN [--match REGEX]
 * [--response encoded|gamma2.2] [--threads N] [--json FILE]
 *
 * PAIRS has the folders blur/, sharp/ and kernels/, as `unblur blur` writes them; a kernel has the name of its picture,
 * or the name's part after the last "_". RUN is a run or model of `model.knownKernel`. Figures are PSNR in dB after the
 * best sub-pixel shift (25 px left out at each border), and seconds.
 */
import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { join, parse } from "node:path";
import { parseArgs } from "node:util";
import { loadModel } from "../../platform/node/models/load-model.js";
import { readImage, readRgb } from "../../platform/node/photos/image-file.js";
import { startBlurThread } from "../../platform/node/threads/blur-thread.js";
import { createRuntime } from "../../platform/node/threads/runtime.js";
import { BlurThreads } from "../../src/deconvolution/blur-threads.js";
import { RESPONSES, type Response } from "../../src/deconvolution/hypotheses/response.js";
import { blurFromPicture } from "../../src/deconvolution/kernel-file.js";
import { deconvolveKnown, KERNEL_FILTERS, type KnownBlur } from "../../src/deconvolution/known-blur.js";
import { type Levels, levelsFromPlanes, levelsFromRaster } from "../../src/evaluation/metrics/levels.js";
import { psnr } from "../../src/evaluation/metrics/psnr.js";
import { register } from "../../src/evaluation/metrics/register.js";
import type { Planes } from "../../src/images/image.js";
import { planesFromRaster } from "../../src/images/pixels.js";
import { trainedKernelNetwork } from "../../src/restoration/known-kernel-network.js";

const { values } = parseArgs({
  options: {
    data: { type: "string" },
    filter: { type: "string", multiple: true, default: [...KERNEL_FILTERS] },
    match: { type: "string", default: "." },
    response: { type: "string", default: "encoded" },
    threads: { type: "string", default: "1" },
    json: { type: "string" },
  },
});
if (!values.data) throw new Error("--data is needed: a folder with blur/, sharp/ and kernels/");
const { data, filter: filters } = values;
const response = RESPONSES.find((name) => name === values.response) as Response | undefined;
if (!response) throw new Error(`--response must be one of ${RESPONSES.join(", ")}, got ${values.response}`);
const threads = Number(values.threads);
const estimator = new BlurThreads(threads, startBlurThread);

type Deconvolve = (photo: Planes, blur: KnownBlur) => Promise<Planes>;

async function open(name: string): Promise<Deconvolve> {
  const filter = KERNEL_FILTERS.find((one) => one === name);
  if (filter) return (photo, blur) => deconvolveKnown(photo, blur, { filter, estimator });
  const runner = trainedKernelNetwork(await loadModel(name), createRuntime({ threads }));
  return (photo, blur) => runner.deconvolve(photo, blur);
}

const opened = await Promise.all(filters.map(async (name) => [name, await open(name)] as const));

const registered = (picture: Levels, truth: Levels): number => {
  const laid = register(picture, truth);
  return psnr(laid.restored, laid.truth);
};

interface Figures {
  readonly psnr: number;
  readonly seconds: number;
}
const rows: { readonly name: string; readonly blurry: number; readonly results: Record<string, Figures> }[] = [];
const matching = new RegExp(values.match);
for (const name of readdirSync(join(data, "blur")).filter((file) => matching.test(file))) {
  const own = join(data, "kernels", `${parse(name).name}.png`);
  const kernelPath = existsSync(own) ? own : join(data, "kernels", `${parse(name).name.split("_").at(-1)}.png`);
  const { raster } = await readImage(kernelPath);
  const blur = { ...blurFromPicture(raster, kernelPath), response };
  const blurry = await readRgb(join(data, "blur", name));
  const truth = levelsFromRaster(await readRgb(join(data, "sharp", name)));
  const photo = planesFromRaster(blurry);
  const results: Record<string, Figures> = {};
  for (const [filter, deconvolve] of opened) {
    const startedAt = performance.now();
    const restored = await deconvolve({ ...photo, data: photo.data.slice() }, blur);
    const seconds = (performance.now() - startedAt) / 1000;
    results[filter] = { psnr: registered(levelsFromPlanes(restored), truth), seconds };
  }
  rows.push({ name, blurry: registered(levelsFromRaster(blurry), truth), results });
  const text = Object.values(results).map(({ psnr: of, seconds }) => `${of.toFixed(2)} (${seconds.toFixed(1)} s)`);
  console.log(`${name}: ${rows.at(-1)!.blurry.toFixed(2)} -> ${text.join(", ")}`);
}
estimator.release();

const mean = (list: readonly number[]): string => (list.reduce((a, b) => a + b, 0) / list.length).toFixed(2);
console.log(`${rows.length} pairs, blurry ${mean(rows.map(({ blurry }) => blurry))}`);
for (const filter of filters) {
  const own = rows.map(({ results }) => results[filter]!);
  console.log(`${filter}: ${mean(own.map((row) => row.psnr))} dB, ${mean(own.map(({ seconds }) => seconds))} s`);
}
if (values.json) writeFileSync(values.json, `${JSON.stringify(rows, null, 2)}\n`);
