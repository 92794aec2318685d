/**
 * @file i2sb: the bridge of NVlabs/I2SB in its own terms, through what is offered here: the residual x - y under the
 * schedule "bridge". A level there has as much signal to noise as one here; x_t - y is ours times hypot(toSharp,
 * deviation).
 */
import * as z from "zod";
import { type Bridge, bridgeBetas, bridgeOf, bridgeVariances } from "../../../../src/diffusion/bridge.js";
import type { NoiseLevel } from "../../../../src/diffusion/denoiser.js";
import { addNoise } from "../../../../src/diffusion/forward.js";
import { levelAt, type NoiseSchedule, scheduleFromBetas } from "../../../../src/diffusion/schedule.js";
import { posterior } from "../../../../src/diffusion/transition.js";
import { sample } from "../../../../src/samplers/catalog.js";
import { timesteps } from "../../../../src/samplers/spacing.js";
import { compared, type Outcome, type Tensors } from "../outcome.js";
import { trace } from "./trace.js";

const runSchema = z.object({
  name: z.string(),
  interval: z.int(),
  beta_max: z.number(),
  steps: z.array(z.int()),
  betas: z.array(z.number()),
  std_fwd: z.array(z.number()),
  std_bwd: z.array(z.number()),
  std_sb: z.array(z.number()),
  mu_x0: z.array(z.number()),
  mu_x1: z.array(z.number()),
  space_indices: z.record(z.string(), z.array(z.int())),
  posterior: z.array(
    z.object({
      nprev: z.int(),
      n: z.int(),
      mu_x0: z.number(),
      mu_xn: z.number(),
      var: z.number(),
      noise_used: z.boolean(),
    }),
  ),
  sampling_sde: z.object({
    steps: z.array(z.int()),
    /** Formula in place of the network: "0.7*x_t+0.3*x0". */
    pred_x0: z.string(),
  }),
});
type Run = z.infer<typeof runSchema>;
const fileSchema = z.object({ runs: z.array(runSchema) });

interface Context {
  readonly run: Run;
  readonly bridge: Bridge;
  readonly schedule: NoiseSchedule;
  readonly tensors: Tensors;
  readonly x0: Float32Array;
  readonly y: Float32Array;
  /** x_t - y there over x_t here. */
  readonly factor: (t: number) => number;
}

const map = (values: Float32Array, value: (v: number, i: number) => number): Float32Array => values.map(value);
const residual = (x: Float32Array, y: Float32Array): Float32Array => map(x, (value, i) => value - y[i]!);

function tables({ run, bridge, tensors }: Context): Outcome[] {
  const betas = bridgeVariances(run.interval, run.beta_max);
  const columns = [
    ["betas", betas, run.betas],
    ["std_fwd", bridge.fromSharp, run.std_fwd],
    ["std_bwd", bridge.fromBlurry, run.std_bwd],
    ["std_sb", bridge.deviation, run.std_sb],
    ["mu_x0", bridge.toSharp, run.mu_x0],
    ["mu_x1", bridge.toBlurry, run.mu_x1],
  ] as const;
  return columns.flatMap(([name, ours, expected]) => [
    compared(
      `${run.name} ${name}`,
      run.steps.map((t) => ours[t]!),
      expected,
      { relative: 1e-12 },
    ),
    // The same at every step, kept in float32.
    compared(`${run.name} ${name} of all steps`, ours, tensors.get(`${run.name}/${name}`), { relative: 1e-7 }),
  ]);
}

/**
 * Published steps are our spacing "linspace", the first index and the last included. A half is rounded there as a sum
 * of floating-point strides happens to fall, 499.5 to 500 or to 499: of those either neighbour is right.
 */
const spacings = ({ run }: Context): Outcome[] =>
  Object.entries(run.space_indices).flatMap(([nfe, expected]) => {
    const steps = Number(nfe);
    const name = `${run.name} space_indices ${nfe}`;
    const ours = timesteps(run.interval, steps + 1, { kind: "linspace" }).reverse();
    const places = ours.map((_, i) => (i * (run.interval - 1)) / steps);
    const clear = (index: number, i: number) => (places[i]! % 1 === 0.5 ? [] : [index]);
    return [
      compared(name, ours.flatMap(clear), expected.flatMap(clear), {}),
      compared(`${name} with halves`, places, expected, { absolute: 0.5 }),
    ];
  });

/** q_sample and the label at the steps that are stored, each of a batch of two: at the step and at the one before. */
function forward({ run, bridge, schedule, tensors, x0, y, factor }: Context): Outcome[] {
  const half = x0.length / 2;
  const stored = Array.from({ length: run.interval }, (_, t) => t).filter((t) => tensors.has(`${run.name}/q_${t}/xt`));
  return stored.flatMap((first) => {
    const name = `${run.name}/q_${first}`;
    const noise = tensors.get(`${name}/noise`);
    const parts = [first, Math.max(0, first - 1)].map((t, i) => {
      const part = (values: Float32Array) => values.subarray(i * half, (i + 1) * half);
      const r = residual(part(x0), part(y));
      // In float64: the label divides by 0.01 at the first steps.
      const ours = addNoise(r, part(noise), levelAt(schedule, t), new Float64Array(half));
      const xt = ours.map((value, k) => part(y)[k]! + factor(t) * value);
      const straight = map(r, (value, k) => part(y)[k]! + bridge.toSharp[t]! * value);
      const label = xt.map((value, k) => (value - part(x0)[k]!) / bridge.fromSharp[t]!);
      return { xt, straight, label };
    });
    const both = (pick: (one: (typeof parts)[number]) => Float32Array | Float64Array) =>
      parts.flatMap((one) => [...pick(one)]);
    return [
      compared(
        `${name} xt`,
        both((one) => one.xt),
        tensors.get(`${name}/xt`),
        { absolute: 2e-6 },
      ),
      compared(
        `${name} xt_ot_ode`,
        both((one) => one.straight),
        tensors.get(`${name}/xt_ot_ode`),
        { absolute: 2e-6 },
      ),
      // The residual is rounded to float32 before it is divided.
      compared(
        `${name} label`,
        both((one) => one.label),
        tensors.get(`${name}/label`),
        { absolute: 2e-5, relative: 1e-5 },
      ),
    ];
  });
}

/**
 * Published steps go back along the motion from x_0, whose deviation is `fromSharp`: the posterior of a process with
 * signal 1. That of the marginals, which is ours, is the same but for the variance of one step, which published
 * marginals count at both ends: from one end to the other their variances add up to S + beta_t, not to S.
 */
const ofMotion = ({ bridge }: Context, t: number): NoiseLevel => ({ signal: 1, noise: bridge.fromSharp[t]! });

function posteriors(context: Context): Outcome[] {
  const { run, bridge, schedule, factor } = context;
  return run.posterior.flatMap(({ nprev, n, mu_x0, mu_xn, var: variance }) => {
    const step = posterior(ofMotion(context, n), ofMotion(context, nprev));
    const marginal = posterior(levelAt(schedule, n), levelAt(schedule, nprev));
    const name = `${run.name} posterior ${nprev} ${n}`;
    const scale = factor(nprev);
    const fromSharp = bridge.fromSharp[nprev]! ** 2;
    const both = (t: number) => bridge.fromSharp[t]! ** 2 + bridge.fromBlurry[t]! ** 2;
    const counted = fromSharp * (1 / both(n) - 1 / both(nprev));
    const exact = { relative: 1e-9, absolute: 1e-12 };
    return [
      compared(`${name} mu_x0`, [step.x0], [mu_x0], { relative: 1e-9 }),
      compared(`${name} mu_xn`, [step.xt], [mu_xn], { relative: 1e-9 }),
      compared(`${name} var`, [step.variance], [variance], { relative: 1e-9 }),
      compared(`${name} mu_x0 of the marginals`, [marginal.x0 * scale], [mu_x0 + counted], exact),
      compared(`${name} mu_xn of the marginals`, [(marginal.xt * scale) / factor(n)], [mu_xn], { relative: 1e-9 }),
      compared(
        `${name} var of the marginals`,
        [marginal.variance * scale ** 2],
        [variance + fromSharp * counted],
        exact,
      ),
    ];
  });
}

/** One ancestral step from x_n = y with x_0 known, with its noise and ("ot_ode") without. */
async function posteriorSteps(context: Context): Promise<Outcome[]> {
  const { run, tensors, x0, y } = context;
  const outcomes: Outcome[] = [];
  for (const { nprev, n, noise_used } of run.posterior) {
    const name = `${run.name}/p_${nprev}_${n}`;
    const silent = new Float32Array(x0.length);
    const ways = [
      ["x_prev", noise_used ? tensors.get(`${name}/noise`) : silent],
      ["x_prev_ot_ode", silent],
    ] as const;
    for (const [what, noise] of ways) {
      const levels = [n, nprev].map((t) => ofMotion(context, t));
      const step = sample(
        { kind: "ancestral" },
        async () => x0.slice(),
        y.slice(),
        levels,
        (_step, from, count) => noise.subarray(from, from + count),
      );
      const { x } = await trace(step);
      outcomes.push(compared(`${name} ${what}`, x[1]!, tensors.get(`${name}/${what}`), { absolute: 1e-6 }));
    }
  }
  return outcomes;
}

/**
 * Ten steps from y by ancestral sampling; "ot" without its noise. The stand-in network's weights of x_t and x_0 are in
 * the file.
 */
async function sampling(context: Context, kind: "sde" | "ot"): Promise<Outcome[]> {
  const { run, tensors, x0, y } = context;
  const name = `${run.name}/sampling_${kind}`;
  const indices = [...run.sampling_sde.steps].reverse();
  const noises = tensors.has(`${name}/noise`) ? tensors.rows(`${name}/noise`, x0.length) : [];
  const weights = /^([\d.]+)\*x_t\+([\d.]+)\*x0$/.exec(run.sampling_sde.pred_x0);
  if (!weights) throw new Error(`${name}: expected weights of x_t and x0, got "${run.sampling_sde.pred_x0}"`);
  const [ofXt, ofX0] = weights.slice(1).map(Number) as [number, number];
  const denoise = async (xt: Float32Array): Promise<Float32Array> =>
    map(xt, (value, i) => ofXt * value + ofX0 * x0[i]!);
  // Published code draws no noise for the step to index 0.
  const silent = new Float32Array(x0.length);
  const levels = indices.map((t) => ofMotion(context, t));
  const way = await trace(
    sample({ kind: "ancestral" }, denoise, y.slice(), levels, (step, from, count) =>
      (noises[step] ?? silent).subarray(from, from + count),
    ),
  );
  // [2, 10, ...]: the last step first, without the start.
  const rows = tensors.rows(`${name}/xs`, x0.length / 2);
  const steps = way.x.length - 1;
  return way.x.slice(1).map((x, k) => {
    const at = steps - 1 - k;
    return compared(`${name} x at ${indices[k + 1]}`, x, [...rows[at]!, ...rows[at + steps]!], { absolute: 2e-5 });
  });
}

export async function checkI2sb(json: unknown, tensors: Tensors): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  for (const run of fileSchema.parse(json).runs) {
    const bridge = bridgeOf(bridgeVariances(run.interval, run.beta_max));
    const context: Context = {
      ...{ run, bridge, tensors },
      schedule: scheduleFromBetas(bridgeBetas(run.interval, run.beta_max)),
      x0: tensors.get("x0"),
      y: tensors.get("x1"),
      factor: (t) => Math.hypot(bridge.toSharp[t]!, bridge.deviation[t]!),
    };
    outcomes.push(...tables(context), ...spacings(context), ...forward(context), ...posteriors(context));
    outcomes.push(...(await posteriorSteps(context)));
    for (const kind of ["sde", "ot"] as const) outcomes.push(...(await sampling(context, kind)));
  }
  return outcomes;
}
