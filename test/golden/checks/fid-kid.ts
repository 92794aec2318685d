/**
 * @file `metrics/fid_kid`: FID with its parts and KID on given features, as pytorch-fid, clean-fid and torch-fidelity
 * compute them.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import {
  type FeatureSet,
  frechetDistance,
  frechetParts,
  kernelDistances,
  rowsOf,
} from "../../../src/evaluation/metrics/feature-distances.js";
import { parseSafetensors } from "../../../src/exchange/safetensors.js";
import type { GoldenCheck } from "../check.js";
import { compared, type Outcome } from "./outcome.js";

interface Case {
  readonly exact: number;
  readonly mean_term: number;
  readonly trace_1: number;
  readonly trace_2: number;
  readonly trace_sqrt_exact: number;
  readonly pytorch_fid: number;
  readonly clean_fid: number;
  readonly torch_fidelity: number;
}

interface Fixture {
  readonly cases: Readonly<Record<string, Case>>;
  readonly kid: {
    readonly features: string;
    readonly subsets: readonly { x1: readonly number[]; x2: readonly number[]; mmd2: number }[];
    readonly mean: number;
    readonly std: number;
    readonly clean_fid_kernel_distance_same_subsets: number;
    readonly whole_sets: { readonly biased: number; readonly unbiased: number; readonly "u-statistic": number };
  };
}

const NAME = "metrics/fid_kid";
const FILES = [`${NAME}.json`, `${NAME}.safetensors`];
const EXACT = 1e-8;
/**
 * How far the published programs are off the exact value, by the fixtures' README: their matrix square root is not
 * exact.
 */
const publishedTolerance = (name: string): number => {
  if (name.startsWith("well")) return EXACT;
  return name.startsWith("ill") ? 0.05 : 1e-6;
};

export async function checkFidKid(root: string): Promise<Outcome[]> {
  const { cases, kid } = JSON.parse(readFileSync(join(root, FILES[0]!), "utf8")) as Fixture;
  const { tensors } = parseSafetensors(readFileSync(join(root, FILES[1]!)), NAME);
  const set = (name: string, side: 1 | 2): FeatureSet => {
    // The case of identical sets compares the first set of another case with itself.
    const own = tensors.get(`${name}/x${side}`) ?? tensors.get(`${name.replace("identical", "singular")}/x1`)!;
    const [rows, columns] = own.shape as [number, number];
    return { rows, columns, data: Float64Array.from(own.data as Float32Array) };
  };
  const fid = Object.entries(cases).flatMap(([name, golden]) => {
    const [a, b] = [set(name, 1), set(name, 2)];
    const parts = frechetParts(a, b);
    // Relative to the traces, of whose difference the distance is made.
    const scale = golden.trace_1 + golden.trace_2;
    const one = (key: string, actual: number, expected: number, absolute: number) =>
      compared(`${name}/${key}`, [actual], [expected], { absolute });
    return [
      one("mean_term", parts.meanTerm, golden.mean_term, 1e-10 * Math.max(1, golden.mean_term)),
      one("trace_1", parts.trace1, golden.trace_1, 1e-10 * scale),
      one("trace_2", parts.trace2, golden.trace_2, 1e-10 * scale),
      one("trace_sqrt_exact", parts.traceOfRoot, golden.trace_sqrt_exact, 1e-12 * scale),
      one("exact", parts.distance, golden.exact, EXACT * Math.max(1, golden.exact)),
      one("symmetry", frechetDistance(b, a), golden.exact, EXACT * Math.max(1, golden.exact)),
      ...(["pytorch_fid", "clean_fid", "torch_fidelity"] as const).map((key) =>
        one(key, parts.distance, golden[key], publishedTolerance(name)),
      ),
    ];
  });
  const [x, y] = [set(kid.features, 1), set(kid.features, 2)];
  const unbiased = kid.subsets.map(({ x1, x2 }) => kernelDistances(rowsOf(x, x1), rowsOf(y, x2)).unbiased);
  const mean = unbiased.reduce((sum, value) => sum + value, 0) / unbiased.length;
  const deviation = Math.sqrt(unbiased.reduce((sum, value) => sum + (value - mean) ** 2, 0) / unbiased.length);
  const whole = kernelDistances(x, y);
  const close = (name: string, actual: number, expected: number) =>
    compared(`kid/${name}`, [actual], [expected], { absolute: 1e-10 });
  return [
    ...fid,
    ...kid.subsets.map(({ mmd2 }, i) => close(`subset ${i}`, unbiased[i]!, mmd2)),
    close("mean", mean, kid.mean),
    close("std", deviation, kid.std),
    close("clean-fid on the same subsets", mean, kid.clean_fid_kernel_distance_same_subsets),
    close("whole sets, biased", whole.biased, kid.whole_sets.biased),
    close("whole sets, unbiased", whole.unbiased, kid.whole_sets.unbiased),
    close("whole sets, u-statistic", whole.uStatistic, kid.whole_sets["u-statistic"]),
  ];
}

export const fidKidCheck: GoldenCheck = { files: FILES, check: checkFidKid };
