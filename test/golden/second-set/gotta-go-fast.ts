/**
 * @file The adaptive solver of Jolicoeur-Martineau et al. 2021, algorithm 1 as published, on VP and VE with their
 * published constants.
 */
import { combined, type FixtureFile, map, normals, stored, type Vector } from "./numbers.js";
import { SDES } from "./sdes.js";

const S = 0.41;

function run(
  { name, sde: kind, shape, abstol, reltol, eps, h_init, every }: (typeof RUNS)[number],
  seed: number,
): { json: object; tensors: Record<string, Vector | Vector[]> } {
  const sde = SDES[kind];
  const [images, ...size] = shape;
  const count = size.reduce((product, length) => product * length, 1);
  const mean = map(normals(seed, `${name}/mean`, count), (value) => Math.fround(0.3 * value));
  const score = (x: Vector, t: number): Vector => {
    const [a, sigma] = [sde.mean(t), sde.std(t)];
    return x.map((value, i) => -(value - a * mean[i]!) / (a * a * S * S + sigma * sigma));
  };
  /** -h (drift of the reverse SDE) + g sqrt(h) z. */
  const increment = (x: Vector, t: number, h: number, z: Vector): Vector => {
    const g = sde.diffusion(t);
    return combined([-h * sde.drift(t), x], [h * g * g, score(x, t)], [g * Math.sqrt(h), z]);
  };
  const start = Array.from({ length: images }, (_, b) =>
    map(normals(seed, `${name}/x_T${b}`, count), (value) => Math.fround(sde.prior * value)),
  );
  const state = start.map((x) => ({ x, before: x, t: 1, h: h_init as number }));
  const rows = { t: [] as number[][], h: [] as number[][], accepted: [] as boolean[][] };
  const [noises, kept]: [Vector[], Vector[]] = [[], []];
  for (let trial = 0; state.some(({ t }) => Math.abs(t - eps) > 1e-6); trial++) {
    rows.t.push(state.map(({ t }) => t));
    rows.h.push(state.map(({ h }) => h));
    rows.accepted.push(
      state.map((one, b) => {
        const z = normals(seed, `${name}/z${trial}/${b}`, count);
        noises.push(z);
        const { x, t, h } = one;
        if (Math.abs(t - eps) <= 1e-6) return false;
        const first = increment(x, t, h, z);
        const euler = combined([1, x], [1, first]);
        const second = increment(euler, t - h, h, z);
        const squares = x.map((_, i) => {
          const size = Math.max(Math.abs(one.before[i]!), Math.abs(euler[i]!));
          return ((second[i]! - first[i]!) / 2 / Math.max(abstol, reltol * size)) ** 2;
        });
        const error = Math.sqrt(squares.reduce((sum, value) => sum + value, 0) / count);
        if (error <= 1) {
          one.x = combined([1, x], [0.5, first], [0.5, second]);
          one.before = euler;
          one.t = t - h;
        }
        one.h = Math.min(Math.max(one.t - eps, 0), 0.9 * h * error ** -0.9);
        return error <= 1;
      }),
    );
    if (trial % every === 0) kept.push(...state.map(({ x }) => x));
  }
  const out = state.map(({ x }) => combined([1, x], [sde.std(eps) ** 2, score(x, eps)]));
  return {
    json: {
      ...{ name, sde: kind, shape, abstol, reltol, eps, h_init, safety: 0.9, exp: 0.9, x_stored_every: every },
      ...rows,
      accepted_counts: state.map((_, b) => rows.accepted.filter((row) => row[b]).length),
    },
    tensors: {
      [`${name}/mean_crop`]: mean,
      [`${name}/x_T`]: start,
      [`${name}/noise`]: noises,
      [`${name}/x`]: kept,
      [`${name}/out`]: out,
    },
  };
}

const RUNS = [
  { name: "vp", sde: "vp", shape: [3, 3, 4, 5], abstol: 0.01, reltol: 0.03, eps: 0.001, h_init: 0.02, every: 4 },
  { name: "ve", sde: "ve", shape: [1, 3, 3, 4], abstol: 0.01, reltol: 0.03, eps: 1e-5, h_init: 0.01, every: 5 },
] as const;

export function gottaGoFast(): FixtureFile {
  const runs = RUNS.map((one) => run(one, 12));
  return {
    json: { gauss: { s: S }, runs: runs.map(({ json }) => json) },
    tensors: stored(Object.assign({}, ...runs.map(({ tensors }) => tensors))),
  };
}
