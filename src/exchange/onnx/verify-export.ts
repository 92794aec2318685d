/** @file Compares an exported file with unblur's own engine, at sizes that the file was not built from. */
import { UnblurError } from "../../base/errors.js";
import { Rng } from "../../base/random.js";
import type { PixelRange } from "../../images/pixels.js";
import type { Network } from "../../networks/network.js";
import type { Weights } from "../../nn/parameters.js";
import { WindowedNetwork } from "../../restoration/windowed-network.js";
import { floatResult, floats, type Runtime } from "../../runtime/session.js";
import { type ExportedForm, LEVEL } from "./export-network.js";

/** Largest difference from the engine's values, relative to the largest value. */
export interface VerifiedSize {
  readonly height: number;
  readonly width: number;
  readonly worst: number;
}

/** Test sizes: odd, no multiple of any network's; the second is wider than most pooling windows. */
const SIZES = [
  { height: 45, width: 71 },
  { height: 21, width: 421 },
] as const;
/**
 * 32-bit rounding through some hundred layers in another order; a wrong border or number is a hundred times as much.
 */
const TOLERANCE = 1e-4;
const NOISE_LEVEL = 0.6;

export interface ExportedFile {
  readonly file: Uint8Array;
  readonly form: ExportedForm;
  readonly network: Network;
  readonly weights: Weights;
}

/** Runs the file and the engine. Throws `numeric` if they differ by more than rounding explains. */
export async function verifyExport(
  exported: ExportedFile,
  runtime: Runtime,
  sizes: readonly Omit<VerifiedSize, "worst">[] = SIZES,
): Promise<VerifiedSize[]> {
  const errors: VerifiedSize[] = [];
  for (const size of sizes) {
    const worst = await errorAt(exported, runtime, size);
    if (!(worst <= TOLERANCE))
      throw new UnblurError(
        "numeric",
        `export: at ${size.height} x ${size.width} the file gives other numbers than the network here: expected a difference of at most ${TOLERANCE}, got ${worst.toExponential(1)}; the file was not kept`,
      );
    errors.push({ ...size, worst });
  }
  return errors;
}

async function errorAt(
  { file, form, network, weights }: ExportedFile,
  runtime: Runtime,
  { height, width }: Omit<VerifiedSize, "worst">,
): Promise<number> {
  const rng = Rng.fromSeed(0);
  const pictures = form.pictures.map(({ name, channels }) => ({
    name,
    channels,
    data: rng.fork(name).uniforms(channels * height * width),
  }));
  const shape = (channels: number) => [1, channels, height, width];
  const level = form.takesLevel ? ({ name: LEVEL, dtype: "float32", shape: [1, 1] } as const) : null;
  await using session = await runtime.open({
    model: file,
    inputs: [
      ...pictures.map(({ name, channels }) => ({ name, dtype: "float32", shape: shape(channels) }) as const),
      ...(level ? [level] : []),
    ],
    outputs: [{ name: form.result.name, dtype: "float32", shape: shape(form.result.channels) }],
  });
  const values = await session.run({
    ...Object.fromEntries(pictures.map(({ name, channels, data }) => [name, floats(data, shape(channels))])),
    ...(level ? { [LEVEL]: floats(Float32Array.of(NOISE_LEVEL), level.shape) } : {}),
  });
  const actual = floatResult(values, form.result.name);

  await using own = new WindowedNetwork(network, weights, runtime, Number.POSITIVE_INFINITY);
  const images = pictures.map(({ channels, data }, i) => ({ channels, data: signed(data, form.pictures[i]!.range) }));
  const result = await own.run({ width, height, images, ...(level ? { level: NOISE_LEVEL } : {}) });
  const limited = form.clip ? result.map((value) => Math.min(Math.max(value, -1), 1)) : result;
  const expected = form.result.range === "unit" ? limited.map((value) => (value + 1) / 2) : limited;
  let [worst, largest] = [0, 0];
  for (const [i, value] of expected.entries()) {
    const error = Math.abs(value - actual[i]!);
    if (Number.isNaN(error)) return error;
    worst = Math.max(worst, error);
    largest = Math.max(largest, Math.abs(value));
  }
  return worst / (largest || 1);
}

const signed = (data: Float32Array, range: PixelRange): Float32Array =>
  range === "signed" ? data : data.map((value) => 2 * value - 1);
