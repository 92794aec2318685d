/** @file Short runs of predictor and corrector, image by image. */
import { CLEAN } from "../../../../../src/diffusion/noise-level.js";
import { denoiserFrom } from "../../../../../src/diffusion/predictions.js";
import { forwardVariance } from "../../../../../src/diffusion/transition.js";
import { ancestralUpdate } from "../../../../../src/samplers/ancestral.js";
import { type SamplerInput, sample } from "../../../../../src/samplers/catalog.js";
import { eulerMaruyamaUpdate } from "../../../../../src/samplers/euler-maruyama.js";
import { correctorAlpha, langevinUpdate, normsOf, stepSizes } from "../../../../../src/samplers/predictor-corrector.js";
import { reverseDiffusionUpdate } from "../../../../../src/samplers/reverse-diffusion.js";
import { compared, type Outcome, type Tensors } from "../../outcome.js";
import { trace } from "../trace.js";
import { chainOf, indexOf, type ScoreSdeFile, scoreAt, sdeFrom } from "./file.js";
import { updated } from "./updated.js";

export async function checkRun(
  run: ScoreSdeFile["pc"][number],
  file: ScoreSdeFile,
  tensors: Tensors,
): Promise<Outcome[]> {
  const sde = sdeFrom(run.sde, file.params);
  const mean = tensors.get("mean");
  const noises = tensors.rows(`${run.key}/noise`, mean.length).slice(1); // without the start
  const chain = chainOf(run.sde, file.params, run.N);
  const scored = (k: number) =>
    denoiserFrom("score", async (xt) => scoreAt(sde, run.timesteps[k]!, file.gauss.s, mean, xt));
  const perStep = (run.corrector === "langevin" ? 1 : 0) + (run.predictor === "none" ? 0 : 1);
  const SAMPLERS: Record<string, SamplerInput> = {
    "euler_maruyama none": { kind: "euler-maruyama" },
    "reverse_diffusion none": { kind: "reverse-diffusion" },
    "ancestral_sampling none": { kind: "ancestral", variance: "beta" },
    "reverse_diffusion langevin": { kind: "predictor-corrector", snr: run.snr },
  };
  const sampler = SAMPLERS[`${run.predictor} ${run.corrector}`];

  let current: Float32Array = tensors.get(`${run.key}/x_T`).slice();
  const rows: Float32Array[] = [];
  let denoised: ArrayLike<number> = [];
  for (const [k, t] of run.timesteps.entries()) {
    const index = indexOf(t, run.N);
    const level = chain && run.predictor !== "euler_maruyama" ? chain[index]! : sde.levelAt(t);
    const next = chain && run.predictor !== "euler_maruyama" ? (chain[index - 1] ?? CLEAN) : null;
    const draws = noises.slice(k * perStep, (k + 1) * perStep);
    const last = k === run.N - 1;
    if (sampler && !last) {
      const to = next ?? sde.levelAt(t - 1 / run.N); // the step taken, although the next t is farther by 1/(N - 1) of the way
      const steps = await trace(sample(sampler, scored(k), current.slice(), [level, to], (draw) => draws[draw]!, sde));
      current = steps.x.at(-1)!;
    } else {
      // The last step goes on as all others; our samplers take the estimate itself there. And a run without predictor.
      let average: Float64Array = Float64Array.from(current);
      if (run.corrector === "langevin") {
        const estimate = await scored(k)(current, level);
        const norms = () => normsOf(current, estimate, level, draws[0]!);
        const size = stepSizes.langevin({ snr: run.snr, alpha: correctorAlpha(level, next!), level, norms });
        const score = scoreAt(sde, t, file.gauss.s, mean, current);
        average = updated(current, score, level, langevinUpdate(level, size));
        current = Float32Array.from(updated(current, score, level, langevinUpdate(level, size), draws[0]!));
      }
      if (run.predictor !== "none") {
        const update = {
          euler_maruyama: () => eulerMaruyamaUpdate(sde, t, 1 / run.N),
          reverse_diffusion: () => reverseDiffusionUpdate(level, next!, { ode: false }),
          // Between any two levels this adds noise of the forward step; to the clean image our sampler alone leaves it
          // out.
          ancestral_sampling: () => ({
            ...ancestralUpdate(level, next!, { kind: "ancestral", variance: "beta" }),
            noise: Math.sqrt(forwardVariance(level, next!)),
          }),
        }[run.predictor]();
        const score = scoreAt(sde, t, file.gauss.s, mean, current);
        average = updated(current, score, level, update);
        current = Float32Array.from(updated(current, score, level, update, draws.at(-1)!));
      }
      denoised = run.predictor === "none" ? current : average;
    }
    rows.push(current);
  }
  const tolerance = run.sde === "ve" ? { relative: 2e-5 } : { absolute: 2e-5 };
  const expected = tensors.rows(`${run.key}/x_after_predictor`, mean.length);
  return [
    ...expected.map((row, k) => compared(`${run.key} x[${k}]`, rows[k] ?? [], row, tolerance)),
    compared(`${run.key} out`, denoised, tensors.get(`${run.key}/out_denoised`), tolerance),
  ];
}
