/**
 * @file EDM's sampler (Karras et al. 2022, algorithm 2) and samplers of k-diffusion with other noise levels, churn and
 * numbers of steps.
 */
import { combined, type FixtureFile, normals, stored, type Vector } from "./numbers.js";

const [S, SIZE, SEED] = [0.29, 3 * 4 * 7, 13];
const mean = normals(SEED, "mean", SIZE).map((value) => Math.fround(0.3 * value));
const denoised = (x: Vector, sigma: number): Vector =>
  x.map((value, i) => (S * S * value + sigma * sigma * mean[i]!) / (S * S + sigma * sigma));
const slope = (x: Vector, sigma: number): Vector => combined([1 / sigma, x], [-1 / sigma, denoised(x, sigma)]);

const karras = (n: number, least: number, most: number, rho: number): number[] => [
  ...Array.from(
    { length: n },
    (_, i) => (most ** (1 / rho) + (i / (n - 1)) * (least ** (1 / rho) - most ** (1 / rho))) ** rho,
  ),
  0,
];
const polyexponential = (n: number, least: number, most: number, rho: number): number[] => [
  ...Array.from({ length: n }, (_, i) => {
    const ramp = (1 - i / (n - 1)) ** rho;
    return Math.exp(ramp * (Math.log(most) - Math.log(least)) + Math.log(least));
  }),
  0,
];
function vpSigmas(n: number, spread: number, betaMin: number, end: number): number[] {
  const times = Array.from({ length: n }, (_, i) => 1 + (i / (n - 1)) * (end - 1));
  return [...times.map((t) => Math.sqrt(Math.expm1((spread * t * t) / 2 + betaMin * t))), 0];
}

interface EdmArgs {
  readonly num_steps: number;
  readonly sigma_min: number;
  readonly sigma_max: number;
  readonly rho: number;
  readonly S_churn: number;
  readonly S_min: number;
  readonly S_max: number | "inf";
  readonly S_noise: number;
}

function edmRun(name: string, args: EdmArgs) {
  const sigmas = karras(args.num_steps, args.sigma_min, args.sigma_max, args.rho);
  const latents = normals(SEED, `${name}/latents`, SIZE);
  const noises = sigmas.slice(1).map((_, i) => normals(SEED, `${name}/noise${i}`, SIZE));
  const most = args.S_max === "inf" ? Number.POSITIVE_INFINITY : args.S_max;
  const asked: { x: Vector; sigma: number }[] = [];
  const ask = (x: Vector, sigma: number): Vector => {
    asked.push({ x, sigma });
    return slope(x, sigma);
  };
  let x = combined([sigmas[0]!, latents]);
  for (let i = 0; i < args.num_steps; i++) {
    const [now, next] = [sigmas[i]!, sigmas[i + 1]!];
    const gamma = now >= args.S_min && now <= most ? Math.min(args.S_churn / args.num_steps, Math.SQRT2 - 1) : 0;
    const hat = now * (1 + gamma);
    const noisy = combined([1, x], [Math.sqrt(hat * hat - now * now) * args.S_noise, noises[i]!]);
    const first = ask(noisy, hat);
    x = combined([1, noisy], [next - hat, first]);
    if (i + 1 < args.num_steps) x = combined([1, noisy], [(next - hat) / 2, first], [(next - hat) / 2, ask(x, next)]);
  }
  return {
    json: { name, sampler: "edm_sampler", args, sigmas, net_sigmas: asked.map(({ sigma }) => sigma) },
    tensors: {
      [`${name}/latents`]: latents,
      [`${name}/noise`]: noises,
      [`${name}/net_inputs`]: asked.map((one) => one.x),
      [`${name}/out`]: x,
    },
  };
}

interface Churn {
  readonly s_churn: number;
  readonly s_tmin?: number;
  readonly s_tmax?: number;
  readonly s_noise: number;
}

/** k-diffusion's Euler with churn: rows are after the added noise, then the result. */
function eulerRun(name: string, sigmas: readonly number[], schedule: string, kwargs: Churn) {
  const noises = sigmas.slice(1).map((_, i) => normals(SEED, `${name}/noise${i}`, SIZE));
  let x = combined([sigmas[0]!, normals(SEED, `${name}/x_T`, SIZE)]).map(Math.fround);
  const rows = sigmas.slice(1).map((next, i) => {
    const now = sigmas[i]!;
    const churns = now >= (kwargs.s_tmin ?? 0) && now <= (kwargs.s_tmax ?? Number.POSITIVE_INFINITY);
    const hat = now * (1 + (churns ? Math.min(kwargs.s_churn / (sigmas.length - 1), Math.SQRT2 - 1) : 0));
    const noisy = combined([1, x], [Math.sqrt(hat * hat - now * now) * kwargs.s_noise, noises[i]!]);
    x = combined([1, noisy], [next - hat, slope(noisy, hat)]);
    return noisy;
  });
  return {
    json: { name, sampler: "sample_euler", kwargs, sigmas: schedule },
    tensors: { [`${name}/x`]: [...rows, x], [`${name}/noise`]: noises },
  };
}

/** k-diffusion's ancestral Euler: down by the slope, up by noise. */
function ancestralRun(name: string, sigmas: readonly number[], schedule: string) {
  const noises = sigmas.slice(2).map((_, i) => normals(SEED, `${name}/noise${i}`, SIZE));
  let x = combined([sigmas[0]!, normals(SEED, `${name}/x_T`, SIZE)]).map(Math.fround);
  const rows = sigmas.slice(1).map((next, i) => {
    const [now, before] = [sigmas[i]!, x];
    const up = Math.sqrt((next ** 2 * (now ** 2 - next ** 2)) / now ** 2);
    const down = Math.sqrt(next ** 2 - up ** 2);
    x = combined([1, x], [down - now, slope(x, now)], ...(next > 0 ? [[up, noises[i]!] as const] : []));
    return before;
  });
  return {
    json: { name, sampler: "sample_euler_ancestral", kwargs: {}, sigmas: schedule },
    tensors: { [`${name}/x`]: [...rows, x], [`${name}/noise`]: noises },
  };
}

export function edmKdiffusion(): FixtureFile {
  const plain = { S_churn: 0, S_min: 0, S_max: "inf", S_noise: 1 } as const;
  const edm = [
    edmRun("edm12", { num_steps: 12, sigma_min: 0.005, sigma_max: 60, rho: 6, ...plain }),
    // Adds noise above the largest level of the first set, and none at the least of its own.
    edmRun("edm12_churn", {
      ...{ num_steps: 12, sigma_min: 0.005, sigma_max: 120, rho: 7 },
      ...{ S_churn: 3, S_min: 0.1, S_max: 100, S_noise: 1.01 },
    }),
    edmRun("edm8_all", {
      ...{ num_steps: 8, sigma_min: 0.01, sigma_max: 90, rho: 5 },
      ...{ S_churn: 2, S_min: 0, S_max: "inf", S_noise: 0.99 },
    }),
  ];
  const n = 7;
  const sigmas = {
    karras: karras(n, 0.2, 12, 6),
    karras_rho4: karras(n, 0.05, 9.5, 4),
    exponential: polyexponential(n, 0.2, 12, 1),
    polyexponential_rho3: polyexponential(n, 0.2, 12, 3),
    vp: vpSigmas(n, 14.8, 0.2, 2e-3),
  };
  const kd = [
    eulerRun("kd_sample_euler", sigmas.karras, "karras", { s_churn: 0, s_noise: 1 }),
    eulerRun("kd_sample_euler_churn", sigmas.karras, "karras", { s_churn: 2, s_noise: 1.01 }),
    eulerRun("kd_within", sigmas.karras_rho4, "karras_rho4", { s_churn: 1, s_tmin: 0.3, s_tmax: 5, s_noise: 1 }),
    ancestralRun("kd_sample_euler_ancestral", sigmas.exponential, "exponential"),
  ];
  const [data, probes] = [0.4, [0.003, 0.1, 1, 30]];
  const of = (value: (sigma: number) => number): number[] => probes.map(value);
  return {
    json: {
      gauss: { s: S },
      runs: edm.map(({ json }) => json),
      precond: {
        sigma_data: data,
        sigma: probes,
        c_skip: of((sigma) => data ** 2 / (sigma ** 2 + data ** 2)),
        c_out: of((sigma) => (sigma * data) / Math.hypot(sigma, data)),
        c_in: of((sigma) => 1 / Math.hypot(sigma, data)),
        c_noise: of((sigma) => Math.log(sigma) / 4),
        loss_weight: of((sigma) => (sigma ** 2 + data ** 2) / (sigma * data) ** 2),
      },
      k_diffusion: {
        sigmas,
        runs: kd.map(({ json }) => json),
        sigma_args: {
          n,
          karras: "sigma_min .2, sigma_max 12, rho 6",
          karras_rho4: ".05, 9.5, rho 4",
          exponential: ".2,12",
          polyexponential_rho3: ".2,12,rho 3",
          vp: "beta_d 14.8, beta_min .2, eps_s 2e-3",
        },
      },
    },
    tensors: stored(Object.assign({ mean }, ...[...edm, ...kd].map(({ tensors }) => tensors))),
  };
}
