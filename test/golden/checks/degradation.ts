/**
 * @file The fixtures of `degradation/`: frame averages, camera shake replayed with its own random numbers, kernels,
 * convolution.
 */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { averageFrames } from "../../../src/blur/average-frames.js";
import { exposure, shakeTrajectory, type Trajectory, trajectoryOnCanvas } from "../../../src/blur/camera-shake.js";
import { type ConvolveOptions, convolve } from "../../../src/blur/convolve.js";
import type { Kernel } from "../../../src/blur/kernel.js";
import type { LightCurve } from "../../../src/blur/light.js";
import { gaussianKernel, linearMotionKernel } from "../../../src/blur/simple-kernels.js";
import { parseSafetensors, type StoredTensors } from "../../../src/exchange/safetensors.js";
import type { Planes } from "../../../src/images/image.js";
import { rasterFromPlanes } from "../../../src/images/pixels.js";
import type { GoldenCheck } from "../check.js";
import { compared, type Outcome, skipped } from "./outcome.js";

/** degradation.json, as far as it is read. */
export interface DegradationText {
  readonly deblurgan: {
    readonly runs: readonly {
      readonly name: string;
      readonly canvas: number;
      readonly iters: number;
      readonly max_len: number;
      readonly expl: number;
      readonly draws: readonly number[];
    }[];
    readonly fractions: readonly number[];
    readonly explicit: { readonly canvas: number; readonly fractions: readonly number[] };
  };
  readonly quantise: { readonly input: readonly number[]; readonly clip_floor_plus_half: readonly number[] };
}

type Tensors = StoredTensors["tensors"];

function tensor(tensors: Tensors, name: string): { shape: readonly number[]; data: Float32Array } {
  const { shape, data } = tensors.get(name) ?? {};
  if (!shape || !(data instanceof Float32Array)) throw new Error(`no float tensor "${name}"`);
  return { shape, data };
}

/** Stored as float32: half a unit in the last place, and what float64 differs by in other orders of summation. */
const STORED = { relative: 1e-7 };
/** Our pictures are float32, in [0, 1]. */
const PICTURE = { absolute: 3e-7 };

/** `gopro_average.safetensors`: frames [F, C, H, W] of 0 .. 255, averaged in three ways and rounded half up. */
function checkAverage(tensors: Tensors): Outcome[] {
  const { shape, data } = tensor(tensors, "frames");
  const [count, channels, height, width] = shape as [number, number, number, number];
  const size = channels * height * width;
  const frames = Array.from({ length: count }, (_, i): Planes => {
    const values = data.subarray(i * size, (i + 1) * size);
    return { channels, height, width, data: values.map((value) => value / 255) };
  });
  const curves: Record<string, LightCurve> = { blur_gamma22: "gamma2.2", blur_plain: "encoded", blur_srgb: "srgb" };
  return Object.entries(curves).flatMap(([name, curve]) => {
    const average = averageFrames(frames, curve);
    const values = average.data.map((value) => 255 * value);
    const outcomes = [compared(name, values, tensor(tensors, name).data, { absolute: 255 * 3e-7 })];
    if (!tensors.has(`${name}_u8`)) return outcomes;
    const bytes = rasterFromPlanes(average, { range: "unit" }).data;
    const planar = Float32Array.from({ length: size }, (_, i) => {
      const pixel = i % (height * width);
      return bytes[pixel * channels + Math.floor(i / (height * width))]!;
    });
    return [...outcomes, compared(`${name}_u8`, planar, tensor(tensors, `${name}_u8`).data, { absolute: 0 })];
  });
}

const pathOf = ({ shape, data }: { shape: readonly number[]; data: Float32Array }): Trajectory => ({
  x: Float64Array.from(data.subarray(0, shape[1]!)),
  y: Float64Array.from(data.subarray(shape[1]!)),
});

/**
 * `deblurgan_trajectory.safetensors`: trajectories from the recorded draws, and the light along them up to each
 * fraction.
 */
export function checkTrajectories(tensors: Tensors, text: DegradationText): Outcome[] {
  const { runs, fractions, explicit } = text.deblurgan;
  const exposures = (name: string, path: Trajectory, canvas: number, shares: readonly number[], tolerance: number) =>
    shares.map((share, j) => {
      const light = exposure(path, canvas, 0, share).data;
      return compared(`${name}/psf${j}`, light, tensor(tensors, `${name}/psf${j}`).data, { relative: tolerance });
    });
  const replayed = runs.flatMap(({ name, canvas, iters, max_len, expl, draws }) => {
    let position = 0;
    const next = () => draws[position++] ?? Number.NaN;
    const options = { lengthPx: max_len, steps: iters, anxiety: expl };
    const path = trajectoryOnCanvas(shakeTrajectory(options, { uniform: next, normal: next }), canvas);
    return [
      compared(`${name}/draws used`, [position], [draws.length], {}),
      compared(`${name}/trajectory`, [...path.x, ...path.y], tensor(tensors, `${name}/trajectory`).data, STORED),
      ...exposures(name, path, canvas, fractions, 1e-7),
    ];
  });
  // This path is given by a formula in words; its stored positions are rounded to float32, and the light follows them.
  const path = pathOf(tensor(tensors, "explicit/trajectory"));
  return [...replayed, ...exposures("explicit", path, explicit.canvas, explicit.fractions, 1e-5)];
}

/** `kernels.safetensors`: the names hold the parameters. */
function checkKernels(tensors: Tensors): Outcome[] {
  return [...tensors.keys()].map((name) => {
    const { shape, data } = tensor(tensors, name);
    const numbers = [...name.matchAll(/_(-?\d+(?:\.\d+)?)/g)].map((match) => Number(match[1]));
    const [a, b] = [numbers[0]!, numbers[1]!];
    const kinds: Record<string, (() => Kernel) | undefined> = {
      gaussian: () => gaussianKernel(a, b),
      linear_motion: () => linearMotionKernel(a, b),
    };
    const make = kinds[name.replace(/(_-?\d+(\.\d+)?)+$/, "")];
    if (!make) return skipped(name, "a kernel that is not offered");
    const kernel = make();
    const sizes = compared(name, [kernel.height, kernel.width], shape, {});
    return sizes.kind === "compared" && sizes.error > 0 ? sizes : compared(name, kernel.data, data, STORED);
  });
}

/** The fixtures' names of what lies beyond the border. */
const BOUNDARIES: Readonly<Record<string, NonNullable<ConvolveOptions["boundary"]>>> = {
  circular: "circular",
  reflect101: "reflect",
  symmetric: "symmetric",
  replicate: "replicate",
  zero: "zero",
  valid: "valid",
};

/** `convolution.safetensors`: KERNEL/BOUNDARY/WAY of one picture, each by sums and by Fourier transform. */
export function checkConvolution(tensors: Tensors): Outcome[] {
  const image = tensor(tensors, "image");
  const [channels, height, width] = image.shape as [number, number, number];
  const planes: Planes = { channels, height, width, data: image.data };
  return [...tensors.keys()].flatMap((name) => {
    const [label, mode, way] = name.split("/") as [string, string?, string?];
    if (!mode || !way) return [];
    const boundary = BOUNDARIES[mode];
    if (!boundary) return [skipped(name, `the boundary "${mode}" is not offered`)];
    const { shape, data } = tensor(tensors, `${label}/kernel`);
    const kernel: Kernel = { height: shape[0]!, width: shape[1]!, data: Float64Array.from(data) };
    return (["direct", "fft"] as const).map((method) => {
      const options: ConvolveOptions = { boundary, correlate: way === "correlate", method };
      return compared(
        `${name} (${method})`,
        convolve(planes, kernel, options).data,
        tensor(tensors, name).data,
        PICTURE,
      );
    });
  });
}

/** `quantise` of degradation.json: our rounding, half up. A half that float32 makes a little less is left out. */
function checkQuantisation({ quantise }: DegradationText): Outcome[] {
  const lost = (value: number) => Math.abs(((255 * value) % 1) - 0.5) < 1e-9 && Math.fround(value) < value;
  const kept = quantise.input.flatMap((value, i) => (lost(value) ? [] : [i]));
  const data = Float32Array.from(kept, (i) => quantise.input[i]!);
  const bytes = rasterFromPlanes({ channels: 1, height: 1, width: data.length, data }, { range: "unit" }).data;
  const expected = kept.map((i) => quantise.clip_floor_plus_half[i]!);
  const left = quantise.input.length - kept.length;
  return [
    compared("quantise", bytes, expected, {}),
    ...(left > 0 ? [skipped(`quantise: ${left} of its values`, "a half that is less than a half in float32")] : []),
  ];
}

const TEXT = "degradation/degradation.json";
const json = (root: string): DegradationText => JSON.parse(readFileSync(join(root, TEXT), "utf8")) as DegradationText;
const read = (root: string, file: string): Tensors => parseSafetensors(readFileSync(join(root, file)), file).tensors;
const numbers = (name: string, check: (tensors: Tensors, text: DegradationText) => Outcome[]): GoldenCheck => {
  const file = `degradation/${name}.safetensors`;
  return { files: [TEXT, file], check: async (root) => check(read(root, file), json(root)) };
};

export const degradationChecks: readonly GoldenCheck[] = [
  { files: [TEXT], check: async (root) => checkQuantisation(json(root)) },
  numbers("gopro_average", checkAverage),
  numbers("deblurgan_trajectory", checkTrajectories),
  numbers("kernels", checkKernels),
  numbers("convolution", checkConvolution),
];
