/** @file The fixtures of `metrics/`: PSNR, SSIM and NIQE of picture pairs as the published programs compute them. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { readRgb } from "../../../platform/node/photos/image-file.js";
import { channelOf, cropBorder, type Levels, levelsFromRaster } from "../../../src/evaluation/metrics/levels.js";
import { lumaBt601 } from "../../../src/evaluation/metrics/luma.js";
import { msSsim } from "../../../src/evaluation/metrics/ms-ssim.js";
import { niqe } from "../../../src/evaluation/metrics/niqe.js";
import { pristine } from "../../../src/evaluation/metrics/niqe-pristine.js";
import { meanSquaredError, psnr } from "../../../src/evaluation/metrics/psnr.js";
import { ssim, ssimPerChannel } from "../../../src/evaluation/metrics/ssim.js";
import { gaussianTaps } from "../../../src/evaluation/metrics/window.js";
import { parseSafetensors } from "../../../src/exchange/safetensors.js";
import { imresize } from "../../../src/images/imresize.js";
import { rasterFromPlanes } from "../../../src/images/pixels.js";
import type { GoldenCheck } from "../check.js";
import { fidKidCheck } from "./fid-kid.js";
import { compared, type Outcome, skipped } from "./outcome.js";

type Value = number | string | readonly number[];

/** metrics.json, as far as it is read. */
export interface MetricsText {
  readonly images: readonly (Readonly<Record<string, Value>> & { readonly pair: number })[];
  readonly niqe_pristine_f64: {
    readonly mu: readonly number[];
    readonly cov: readonly (readonly number[])[];
    readonly window: readonly (readonly number[])[];
  };
  readonly edge_cases: {
    readonly identical: { readonly psnr: Value; readonly ssim: number };
    readonly black_vs_white: Readonly<Record<"psnr" | "ssim_basicsr" | "ssim_skimage_gaussian", number>>;
    /** "32x40x3": height, width, channels. */
    readonly shape: string;
  };
}

const DIR = "metrics";
const TOLERANCES = { psnr: 1e-6, ssim: 1e-7, torch: 2e-5, niqe: 1e-3, sums: 1e-9 } as const;
type Kind = keyof typeof TOLERANCES;
type Compute = (dist: Levels, ref: Levels) => number | readonly number[];

const inner: Compute = (dist, ref) => ssim(dist, ref);
const onLuma =
  (compute: Compute): Compute =>
  (dist, ref) =>
    compute(lumaBt601(dist), lumaBt601(ref));
const cropped =
  (compute: Compute): Compute =>
  (dist, ref) =>
    compute(cropBorder(dist, 4), cropBorder(ref, 4));
const decibels: Compute = (dist, ref) => psnr(dist, ref);
const single = (levels: Levels, channel: number): Levels => ({
  ...levels,
  channels: 1,
  data: channelOf(levels, channel),
});
const unit = (levels: Levels): Levels => ({ ...levels, data: levels.data.map((value) => value / 255) });

/** Metrics by the fixture's key. */
const COMPUTED: Readonly<Record<string, readonly [Kind, Compute]>> = {
  mse: ["sums", meanSquaredError],
  mae: ["sums", (a, b) => a.data.reduce((sum, value, i) => sum + Math.abs(value - b.data[i]!), 0) / a.data.length],
  psnr_skimage_255: ["psnr", decibels],
  psnr_per_channel: ["psnr", (a, b) => [0, 1, 2].map((c) => psnr(single(a, c), single(b, c)))],
  psnr_basicsr: ["psnr", decibels],
  psnr_basicsr_crop4: ["psnr", cropped(decibels)],
  psnr_basicsr_y: ["psnr", onLuma(decibels)],
  psnr_basicsr_pt: ["psnr", (a, b) => psnr(a, b, { floor: 1e-8 })],
  psnr_mprnet_torch: ["psnr", (a, b) => psnr(unit(a), unit(b), { peak: 1 })],
  ssim_skimage_gaussian: ["ssim", inner],
  ssim_skimage_gaussian_per_channel: ["ssim", (a, b) => ssimPerChannel(a, b).map((channel) => channel.ssim)],
  ssim_skimage_default: ["ssim", (a, b) => ssim(a, b, "skimage-uniform")],
  ssim_skimage_gaussian_range1_float: ["ssim", (a, b) => ssim(unit(a), unit(b), "skimage", 1)],
  ssim_skimage_gaussian_full_mean_uncropped: ["ssim", (a, b) => ssim(a, b, "skimage-full")],
  ssim_basicsr: ["ssim", inner],
  ssim_basicsr_crop4: ["ssim", cropped(inner)],
  ssim_basicsr_y: ["ssim", onLuma(inner)],
  ssim_basicsr_pt: ["ssim", inner],
  ssim_nafnet_hinet_3d: ["ssim", (a, b) => ssim(a, b, "matlab-volume")],
  ssim_nafnet_2d: ["ssim", inner],
  ssim_nafnet_y: ["ssim", onLuma((a, b) => ssim(a, b, "replicate-border"))],
  ms_ssim: ["torch", msSsim],
  ssim_pytorch_msssim: ["torch", inner],
  niqe_basicsr_ref: ["niqe", (_, ref) => niqe(ref)],
  niqe_basicsr_dist: ["niqe", (dist) => niqe(dist)],
};

/** MIMO-UNet's evaluation: a float prediction, clamped to [0, 1], as it is and as the file it saves. */
const PREDICTED: Readonly<Record<string, (prediction: Levels, ref: Levels) => number>> = {
  psnr_mimo_float: (prediction, ref) =>
    psnr({ ...prediction, data: prediction.data.map((value) => Math.min(Math.max(value, 0), 1)) }, unit(ref), {
      peak: 1,
    }),
  psnr_mimo_saved_png: ({ data, ...size }, ref) =>
    psnr(levelsFromRaster(rasterFromPlanes({ ...size, data: Float32Array.from(data) }, { range: "unit" })), ref),
};

/** Fields of a row beside values. */
const DESCRIPTION = /^(pair|source|crop_xyxy|shape_hwc|degradation)$|_note$/;

const outcome = (name: string, kind: Kind, actual: number | readonly number[], expected: Value): Outcome =>
  compared(name, [actual].flat(), [expected].flat().map(Number), { absolute: TOLERANCES[kind] });

/** All values of one pair; a key that is not known is told. */
export function checkPair(
  row: MetricsText["images"][number],
  dist: Levels,
  ref: Levels,
  prediction: Levels | null,
): Outcome[] {
  return Object.entries(row).flatMap(([key, expected]) => {
    if (DESCRIPTION.test(key)) return [];
    const name = `pair${row.pair}/${key}`;
    const [known, predicted] = [COMPUTED[key], PREDICTED[key]];
    if (known) return [outcome(name, known[0], known[1](dist, ref), expected)];
    if (predicted && prediction) return [outcome(name, "psnr", predicted(prediction, ref), expected)];
    if (key === "ssim_nafnet_hinet_3d_float32")
      return [skipped(name, "the same in float32, whose rounding is the reference's own")];
    return [skipped(name, predicted ? "no float prediction beside it" : "no such metric here")];
  });
}

/** Equal pictures, and black against white. */
function checkEdges({ edge_cases: { identical, black_vs_white, shape } }: MetricsText): Outcome[] {
  const [height, width, channels] = shape.split("x").map(Number) as [number, number, number];
  const flat = (value: number): Levels => {
    const data = new Float64Array(width * height * channels).fill(value);
    return { width, height, channels, data };
  };
  const [black, white] = [flat(0), flat(255)];
  const infinite = identical.psnr === "inf" ? Number.POSITIVE_INFINITY : identical.psnr;
  return [
    outcome("identical/psnr", "psnr", psnr(white, white), infinite),
    outcome("identical/ssim", "ssim", ssim(white, white), identical.ssim),
    outcome("black_vs_white/psnr", "psnr", psnr(black, white), black_vs_white.psnr),
    outcome("black_vs_white/ssim_basicsr", "ssim", ssim(black, white), black_vs_white.ssim_basicsr),
    outcome("black_vs_white/ssim_skimage_gaussian", "ssim", ssim(black, white), black_vs_white.ssim_skimage_gaussian),
  ];
}

/** NIQE's constants, bit for bit but the window, which is computed. */
function checkPristine({ niqe_pristine_f64: { mu, cov, window } }: MetricsText): Outcome[] {
  const { mean, covariance } = pristine();
  const taps = [...gaussianTaps(7, 7 / 6)];
  const products = taps.flatMap((row) => taps.map((column) => row * column));
  return [
    compared("niqe_pristine/mu", mean, mu, {}),
    compared("niqe_pristine/cov", covariance, cov.flat(), {}),
    compared("niqe_pristine/window", products, window.flat(), { absolute: 1e-15 }),
  ];
}

function floatTensor(path: string, name: string): Levels {
  const { shape, data } = parseSafetensors(readFileSync(path), path).tensors.get(name) ?? {};
  if (!shape || !(data instanceof Float32Array)) throw new Error(`${path}: no float tensor "${name}"`);
  const [width, height, channels = 1] = [...shape].reverse();
  return { width: width!, height: height!, channels, data: Float64Array.from(data) };
}

/** MATLAB's bicubic at half the size, where a pair has it. */
function checkResized(path: string, pair: number): Outcome[] {
  if (!existsSync(path)) return [];
  const [half, expected] = [imresize(floatTensor(path, "y"), 0.5), floatTensor(path, "y_half")];
  return [
    compared(`pair${pair}/imresize size`, [half.height, half.width], [expected.height, expected.width], {}),
    compared(`pair${pair}/imresize`, half.data, expected.data, { relative: 1e-6 }),
  ];
}

async function checkAll(root: string): Promise<Outcome[]> {
  const text = JSON.parse(readFileSync(join(root, DIR, "metrics.json"), "utf8")) as MetricsText;
  const outcomes = [...checkPristine(text), ...checkEdges(text)];
  for (const row of text.images) {
    const path = (suffix: string) => join(root, DIR, `pair${row.pair}_${suffix}`);
    const [dist, ref] = await Promise.all(["dist.png", "ref.png"].map(async (end) => readRgb(path(end))));
    const file = path("pred_float.safetensors");
    const prediction = existsSync(file) ? floatTensor(file, "pred") : null;
    outcomes.push(...checkPair(row, levelsFromRaster(dist!), levelsFromRaster(ref!), prediction));
    outcomes.push(...checkResized(path("imresize_half.safetensors"), row.pair));
  }
  return outcomes;
}

/**
 * Pictures are one check of all their files; NIQE's constants stand in the JSON in full precision, beside a float32
 * copy.
 */
export const metricsChecks = (root: string): readonly GoldenCheck[] => {
  const there = readdirSync(join(root, DIR));
  const pictures = there.filter((name) =>
    /^(pair\d+_(ref|dist)\.png|pair\d+_(pred_float|imresize_half)\.safetensors|niqe_pristine\.safetensors)$/.test(name),
  );
  return [
    ...(there.includes("metrics.json")
      ? [{ files: [...pictures.sort(), "metrics.json"].map((name) => `${DIR}/${name}`), check: checkAll }]
      : []),
    ...(there.includes("fid_kid.json") ? [fidKidCheck] : []),
  ];
};
