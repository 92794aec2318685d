/**
 * @file A second set of fixtures, with other sizes, seeds and constants than the first: computed in float64 from the
 * published formulas, by none of the code that is checked with it. Tensors are rounded to float32 where they are
 * stored, as in the first set.
 */
import { Rng } from "../../../src/base/random.js";
import type { Tensors } from "../checks/outcome.js";

export type Vector = Float64Array<ArrayBuffer>;

export const map = (x: Vector, value: (v: number, i: number) => number): Vector => x.map(value);
/** a x + b y + ... */
export function combined(...terms: readonly (readonly [number, Vector])[]): Vector {
  const out = new Float64Array(terms[0]![1].length);
  for (const [weight, x] of terms) for (let i = 0; i < out.length; i++) out[i]! += weight * x[i]!;
  return out;
}
export const norm = (x: Vector): number => Math.sqrt(x.reduce((sum, value) => sum + value * value, 0));
export const linspace = (from: number, to: number, count: number): number[] =>
  Array.from({ length: count }, (_, i) => from + ((to - from) * i) / (count - 1));

/** Normal numbers that float32 holds exactly. */
export const normals = (seed: number, label: string, count: number): Vector =>
  Float64Array.from(Rng.fromSeed(seed).fork(label).normals(count));

/** Tensors by name, rows joined. */
export function stored(content: Readonly<Record<string, Vector | readonly Vector[]>>): Tensors {
  const flat = new Map(
    Object.entries(content).map(([name, value]) => [
      name,
      Float32Array.from(value instanceof Float64Array ? value : value.flatMap((row) => [...row])),
    ]),
  );
  const get = (name: string): Float32Array => {
    const data = flat.get(name);
    if (!data) throw new Error(`no tensor "${name}"`);
    return data;
  };
  return {
    has: (name) => flat.has(name),
    get,
    rows: (name, size) => {
      const data = get(name);
      return Array.from({ length: data.length / size }, (_, row) => data.subarray(row * size, (row + 1) * size));
    },
  };
}

export interface FixtureFile {
  readonly json: unknown;
  readonly tensors: Tensors;
}
