/**
 * @file SDEs of Song et al. 2021 with other constants: coefficients, single steps and short runs, as published code
 * computes them.
 */
import { combined, type FixtureFile, linspace, norm, normals, stored, type Vector } from "./numbers.js";
import { type PlainSde, subVp, ve, vp } from "./sdes.js";

const [S, DIMENSIONS, SEED, N, SNR] = [0.33, 3 * 5 * 7, 14, 400, 0.12];
const PARAMS = { vp: [0.2, 15], subvp: [0.15, 12], ve: [0.02, 30] } as const;
type Kind = keyof typeof PARAMS;
const SDES: Record<Kind, PlainSde> = { vp: vp(...PARAMS.vp), subvp: subVp(...PARAMS.subvp), ve: ve(...PARAMS.ve) };
const mean = normals(SEED, "mean", DIMENSIONS).map((value) => Math.fround(0.3 * value));

const score = (kind: Kind, x: Vector, t: number): Vector => {
  const [a, sigma] = [SDES[kind].mean(t), SDES[kind].std(t)];
  return x.map((value, i) => -(value - a * mean[i % DIMENSIONS]!) / (a * a * S * S + sigma * sigma));
};

/** Levels that published code takes from its chain of `count` levels. */
function chain(kind: Kind, t: number, count: number) {
  const index = Math.floor(t * (count - 1));
  const [low, high] = PARAMS[kind];
  const beta = low / count + ((high - low) / count) * (index / (count - 1));
  const sigma = (i: number) => (i < 0 ? 0 : Math.exp(Math.log(low) + (Math.log(high / low) * i) / (count - 1)));
  return { index, beta, sigma: sigma(index), before: sigma(index - 1) };
}
function discretised(kind: Kind, t: number, count: number): { f: number; G: number } {
  const { beta, sigma, before } = chain(kind, t, count);
  if (kind === "vp") return { f: Math.sqrt(1 - beta) - 1, G: Math.sqrt(beta) };
  if (kind === "ve") return { f: 0, G: Math.sqrt(sigma ** 2 - before ** 2) };
  return { f: SDES[kind].drift(t) / count, G: SDES[kind].diffusion(t) / Math.sqrt(count) };
}

type Step = { readonly mean: Vector; readonly next: Vector };
type Predictor = (kind: Kind, x: Vector, t: number, z: Vector, count: number) => Step;
const PREDICTORS = {
  reverse_diffusion: (kind, x, t, z, count) => {
    const { f, G } = discretised(kind, t, count);
    const average = combined([1 - f, x], [G * G, score(kind, x, t)]);
    return { mean: average, next: combined([1, average], [G, z]) };
  },
  euler_maruyama: (kind, x, t, z, count) => {
    const [dt, g] = [1 / count, SDES[kind].diffusion(t)];
    const average = combined([1 - dt * SDES[kind].drift(t), x], [dt * g * g, score(kind, x, t)]);
    return { mean: average, next: combined([1, average], [g * Math.sqrt(dt), z]) };
  },
  ancestral_sampling: (kind, x, t, z, count) => {
    const { beta, sigma, before } = chain(kind, t, count);
    const pull = score(kind, x, t);
    if (kind === "vp") {
      const average = combined([1 / Math.sqrt(1 - beta), x], [beta / Math.sqrt(1 - beta), pull]);
      return { mean: average, next: combined([1, average], [Math.sqrt(beta), z]) };
    }
    const variance = sigma ** 2 - before ** 2;
    const average = combined([1, x], [variance, pull]);
    return { mean: average, next: combined([1, average], [Math.sqrt((before ** 2 * variance) / sigma ** 2), z]) };
  },
} as const satisfies Record<string, Predictor>;

/** One step size for a batch, from the mean of its norms; `annealed` from the level's deviation. */
function corrected(kind: Kind, x: Vector, t: number, zs: readonly Vector[], annealed: boolean, count: number): Step {
  const alpha = kind === "vp" ? 1 - chain(kind, t, count).beta : 1;
  const meanNorm = (values: Vector): number => {
    const images = values.length / DIMENSIONS;
    const norms = Array.from({ length: images }, (_, b) => norm(values.subarray(b * DIMENSIONS, (b + 1) * DIMENSIONS)));
    return norms.reduce((sum, value) => sum + value, 0) / images;
  };
  let state: Step = { mean: x, next: x };
  for (const z of zs) {
    const pull = score(kind, state.next, t);
    const ratio = annealed ? SDES[kind].std(t) : meanNorm(z) / meanNorm(pull);
    const size = 2 * alpha * (SNR * ratio) ** 2;
    const average = combined([1, state.next], [size, pull]);
    state = { mean: average, next: combined([1, average], [Math.sqrt(2 * size), z]) };
  }
  return state;
}

function coefficients(kind: Kind) {
  const sde = SDES[kind];
  const t = [1e-4, 0.003, 0.02, 0.15, 0.42, 0.77, 1];
  const steps = t.map((time) => discretised(kind, time, N));
  return {
    t,
    drift_over_x: t.map(sde.drift),
    diffusion: t.map(sde.diffusion),
    mean_coef: t.map(sde.mean),
    std: t.map(sde.std),
    discretize_f_over_x: steps.map(({ f }) => f),
    discretize_G: steps.map(({ G }) => G),
    prior_logp_of_ones_1xCHW: -0.5 * DIMENSIONS * (Math.log(2 * Math.PI * sde.prior ** 2) + sde.prior ** -2),
    timestep_index: t.map((time) => chain(kind, time, N).index),
  };
}

function step(kind: Kind, t: number, images: number) {
  const key = `${kind}_t${t}`;
  const draw = (label: string) => normals(SEED, `${key}/${label}`, images * DIMENSIONS);
  const x = draw("x").map((value) => Math.fround(SDES[kind].std(t) * value));
  const predictors = (
    kind === "subvp" ? ["reverse_diffusion", "euler_maruyama"] : Object.keys(PREDICTORS)
  ) as (keyof typeof PREDICTORS)[];
  const correctors = kind === "subvp" ? [] : ["langevin_n1", "langevin_n2", "ald_n1"];
  const tensors: Record<string, Vector | Vector[]> = { [`${key}/x`]: x, [`${key}/score`]: score(kind, x, t) };
  for (const name of predictors) {
    const z = draw(name);
    const { mean: average, next } = PREDICTORS[name](kind, x, t, z, N);
    Object.assign(tensors, {
      [`${key}/${name}/noise`]: z,
      [`${key}/${name}/x_mean`]: average,
      [`${key}/${name}/x_next`]: next,
    });
  }
  const { f, G } = discretised(kind, t, N);
  tensors[`${key}/pf_discretize/x_next`] = combined([1 - f, x], [(G * G) / 2, score(kind, x, t)]);
  for (const name of correctors) {
    const zs = Array.from({ length: Number(name.at(-1)) }, (_, i) => draw(`${name}${i}`));
    const { mean: average, next } = corrected(kind, x, t, zs, name.startsWith("ald"), N);
    Object.assign(tensors, {
      [`${key}/${name}/noise`]: zs,
      [`${key}/${name}/x_mean`]: average,
      [`${key}/${name}/x_next`]: next,
    });
  }
  return { json: { key, sde: kind, t, snr: SNR, predictors, correctors }, tensors };
}

function run(kind: Kind, predictor: keyof typeof PREDICTORS | "none", corrector: "none" | "langevin", count: number) {
  const key = `pc_${kind}_${predictor}_${corrector}`;
  const eps = kind === "ve" ? 1e-5 : 1e-3;
  const timesteps = linspace(1, eps, count);
  const noises: Vector[] = [];
  const draw = (): Vector => {
    noises.push(normals(SEED, `${key}/${noises.length}`, DIMENSIONS));
    return noises.at(-1)!;
  };
  const start = draw().map((value) => Math.fround(SDES[kind].prior * value));
  let state: Step = { mean: start, next: start };
  const rows = timesteps.map((t) => {
    if (corrector === "langevin") state = corrected(kind, state.next, t, [draw()], false, count);
    if (predictor === "none") state = { mean: state.next, next: state.next };
    else state = PREDICTORS[predictor](kind, state.next, t, draw(), count);
    return state.next;
  });
  return {
    json: { key, sde: kind, predictor, corrector, N: count, snr: SNR, timesteps },
    tensors: {
      [`${key}/x_T`]: start,
      [`${key}/noise`]: noises,
      [`${key}/x_after_predictor`]: rows,
      [`${key}/out_denoised`]: state.mean,
    },
  };
}

export function scoreSde(): FixtureFile {
  const kinds = Object.keys(PARAMS) as Kind[];
  const steps = kinds.flatMap((kind) => [1, 0.37, 0.02].map((t, i) => step(kind, t, i + 1)));
  const runs = [
    run("vp", "euler_maruyama", "none", 20),
    run("vp", "reverse_diffusion", "none", 24),
    run("vp", "ancestral_sampling", "none", 20),
    run("ve", "reverse_diffusion", "langevin", 16),
    run("subvp", "euler_maruyama", "none", 20),
    run("vp", "none", "langevin", 20),
  ];
  return {
    json: {
      gauss: { s: S },
      N,
      params: PARAMS,
      coefficients: Object.fromEntries(kinds.map((kind) => [kind, coefficients(kind)])),
      steps: steps.map(({ json }) => json),
      ode: [],
      pc: runs.map(({ json }) => json),
    },
    tensors: stored(Object.assign({ mean }, ...[...steps, ...runs].map(({ tensors }) => tensors))),
  };
}
