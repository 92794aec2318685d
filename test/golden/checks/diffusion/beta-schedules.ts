/** @file beta_schedules.json: every published schedule with all its coefficients at chosen t. */
import * as z from "zod";
import { predictions } from "../../../../src/diffusion/predictions.js";
import { levelAt } from "../../../../src/diffusion/schedule.js";
import { createSchedule, type ScheduleInput } from "../../../../src/diffusion/schedule-catalog.js";
import { posteriorTable } from "../../../oracle/posterior-table.js";
import { compared, type Outcome, skipped } from "../outcome.js";

/** JSON has no infinity: the fixtures write {"special": "inf"}. */
const number = z.union([
  z.number(),
  z
    .object({ special: z.enum(["inf", "-inf", "nan"]) })
    .transform(({ special }) => Number(special.replace("inf", "Infinity"))),
]);
const numbers = z.array(number);
const fileSchema = z.object({
  schedules: z.array(
    z.object({
      name: z.string(),
      T: z.int(),
      linear_start: z.number().nullable(),
      linear_end: z.number().nullable(),
      t: z.array(z.int()),
      beta: numbers,
      alphas_cumprod: numbers,
      sqrt_alphas_cumprod: numbers,
      sqrt_one_minus_alphas_cumprod: numbers,
      sqrt_recip_alphas_cumprod: numbers,
      sqrt_recipm1_alphas_cumprod: numbers,
      posterior_variance: numbers,
      posterior_log_variance_clipped: numbers,
      posterior_mean_coef1: numbers,
      posterior_mean_coef2: numbers,
      snr: numbers,
      sum_beta: z.number(),
    }),
  ),
});

type Ends = { readonly T: number; readonly start: number; readonly end: number };

/** The fixtures' names in ours. lucidrains' linear one scales its ends so that any T reaches the same noise. */
const CONFIGS: Record<string, (ends: Ends) => ScheduleInput> = {
  "sr3:linear": (ends) => ({ kind: "linear", ...ends }),
  "sr3:quad": (ends) => ({ kind: "quadratic", ...ends }),
  "sr3:warmup10": (ends) => ({ kind: "warmup", fraction: 0.1, ...ends }),
  "sr3:warmup50": (ends) => ({ kind: "warmup", fraction: 0.5, ...ends }),
  "sr3:const": ({ T, end }) => ({ kind: "constant", T, beta: end }),
  "sr3:jsd": ({ T }) => ({ kind: "reciprocal", T }),
  "sr3:cosine": ({ T }) => ({ kind: "cosine", T }),
  "lucidrains:linear": ({ T }) => ({ kind: "linear", T, start: (1000 / T) * 1e-4, end: (1000 / T) * 0.02 }),
  "lucidrains:cosine": ({ T }) => ({ kind: "cosine", T }),
  "lucidrains:sigmoid": ({ T }) => ({ kind: "sigmoid", T }),
};

export function checkBetaSchedules(json: unknown): Outcome[] {
  return fileSchema.parse(json).schedules.flatMap((expected): Outcome[] => {
    const name = `${expected.name} T=${expected.T} ${expected.linear_start}..${expected.linear_end}`;
    const config = CONFIGS[expected.name];
    if (!config) return [skipped(name, "schedule not offered yet")];
    const schedule = createSchedule(
      config({ T: expected.T, start: expected.linear_start ?? 0, end: expected.linear_end ?? 0 }),
    );
    const table = posteriorTable(schedule);
    const at = (value: (t: number) => number): number[] => expected.t.map(value);
    const level = (t: number) => levelAt(schedule, t);
    const computed = {
      beta: at((t) => schedule.betas[t]!),
      alphas_cumprod: at((t) => schedule.alphaBars[t]!),
      sqrt_alphas_cumprod: at((t) => level(t).signal),
      sqrt_one_minus_alphas_cumprod: at((t) => level(t).noise),
      sqrt_recip_alphas_cumprod: at((t) => predictions.eps.denoised(level(t)).xt),
      sqrt_recipm1_alphas_cumprod: at((t) => -predictions.eps.denoised(level(t)).output),
      posterior_variance: at((t) => table[t]!.variance),
      posterior_log_variance_clipped: at((t) => Math.log(Math.max(table[t]!.variance, 1e-20))),
      posterior_mean_coef1: at((t) => table[t]!.x0),
      posterior_mean_coef2: at((t) => table[t]!.xt),
      snr: at((t) => (level(t).signal / level(t).noise) ** 2),
      sum_beta: [schedule.betas.reduce((sum, beta) => sum + beta, 0)],
    };
    // Of 1 - alphaBar, float64 keeps 2^-53 at best: a cosine that differs in its last bit shifts all that divides by it
    // by as much as this, relatively, on either side. What does not has the plain tolerance.
    const cancellation = 2 ** -51 / schedule.betas[0]!;
    const plain = ["beta", "alphas_cumprod", "sqrt_alphas_cumprod", "sqrt_one_minus_alphas_cumprod", "sum_beta"];
    return Object.entries(computed).map(([key, values]) => {
      const reference = expected[key as keyof typeof computed];
      return compared(`${name} ${key}`, values, typeof reference === "number" ? [reference] : reference, {
        relative: 1e-12 + (plain.includes(key) ? 0 : cancellation),
      });
    });
  });
}
