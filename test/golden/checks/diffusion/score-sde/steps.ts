/** @file Single steps of predictors and correctors, on batches of two images. */
import type { NoiseLevel } from "../../../../../src/diffusion/denoiser.js";
import { CLEAN } from "../../../../../src/diffusion/noise-level.js";
import { predictions } from "../../../../../src/diffusion/predictions.js";
import { reverseDrift } from "../../../../../src/diffusion/sde.js";
import { ancestralUpdate } from "../../../../../src/samplers/ancestral.js";
import { eulerMaruyamaUpdate } from "../../../../../src/samplers/euler-maruyama.js";
import { correctorAlpha, langevinUpdate, normsOf, stepSizes } from "../../../../../src/samplers/predictor-corrector.js";
import { reverseDiffusionUpdate } from "../../../../../src/samplers/reverse-diffusion.js";
import type { Update } from "../../../../../src/samplers/update.js";
import { compared, type Outcome, type Tensors } from "../../outcome.js";
import { chainOf, indexOf, type ScoreSdeFile, scoreAt, sdeFrom } from "./file.js";
import { updated } from "./updated.js";

export function checkStep(step: ScoreSdeFile["steps"][number], file: ScoreSdeFile, tensors: Tensors): Outcome[] {
  const { t } = step;
  const sde = sdeFrom(step.sde, file.params);
  const chain = chainOf(step.sde, file.params, file.N);
  const index = indexOf(t, file.N);
  const [from, to] = chain ? [chain[index]!, chain[index - 1] ?? CLEAN] : [sde.levelAt(t), CLEAN];
  const mean = tensors.get("mean");
  const x = tensors.get(`${step.key}/x`);
  const score = scoreAt(sde, t, file.gauss.s, mean, x);
  const euler = { level: sde.levelAt(t), update: eulerMaruyamaUpdate(sde, t, 1 / file.N) };
  const flow = reverseDrift(sde, t, 0.5);
  const updates: Record<string, { level: NoiseLevel; update: Update }> = {
    euler_maruyama: euler,
    reverse_diffusion: chain ? { level: from, update: reverseDiffusionUpdate(from, to, { ode: false }) } : euler,
    ancestral_sampling: {
      level: from,
      update: ancestralUpdate(from, to, { kind: "ancestral", variance: step.sde === "vp" ? "beta" : "posterior" }),
    },
    pf_discretize: chain
      ? { level: from, update: reverseDiffusionUpdate(from, to, { ode: true }) }
      : { level: euler.level, update: { x0: -flow.x0 / file.N, xt: 1 - flow.xt / file.N, noise: 0 } },
  };
  const tolerance = step.sde === "ve" ? { relative: 2e-5 } : { absolute: 2e-5 };
  const against = (what: string, actual: ArrayLike<number>) =>
    compared(`${step.key} ${what}`, actual, tensors.get(`${step.key}/${what}`), tolerance);

  /** All images of a batch are corrected with one step size, from the means of their norms. */
  const correct = (corrector: (typeof step.correctors)[number]): Outcome[] => {
    const noises = tensors.rows(`${step.key}/${corrector}/noise`, x.length);
    let [next, average] = [new Float64Array(x) as Float64Array, new Float64Array(x) as Float64Array];
    for (const z of noises) {
      const at = Float32Array.from(next);
      const pull = scoreAt(sde, t, file.gauss.s, mean, at);
      const level = sde.levelAt(t);
      const estimate = predictions.score.denoised(level);
      const denoised = at.map((value, i) => estimate.xt * value + estimate.output * pull[i]!);
      const size = mean.length;
      const all = Array.from({ length: x.length / size }, (_, b) => {
        const part = (array: Float32Array) => array.subarray(b * size, (b + 1) * size);
        return normsOf(part(at), part(denoised), level, part(z));
      });
      const norms = () => ({
        score: all.reduce((sum, { score }) => sum + score / all.length, 0),
        noise: all.reduce((sum, { noise }) => sum + noise / all.length, 0),
      });
      const kind = corrector === "ald_n1" ? "annealed" : "langevin";
      const update = langevinUpdate(
        level,
        stepSizes[kind]({ snr: step.snr, alpha: correctorAlpha(from, to), level, norms }),
      );
      [next, average] = [updated(at, pull, level, update, z), updated(at, pull, level, update)];
    }
    return [against(`${corrector}/x_next`, next), against(`${corrector}/x_mean`, average)];
  };

  return [
    against("score", score),
    ...step.predictors.flatMap((predictor) => {
      const { level, update } = updates[predictor]!;
      const z = tensors.get(`${step.key}/${predictor}/noise`);
      return [
        against(`${predictor}/x_next`, updated(x, score, level, update, z)),
        against(`${predictor}/x_mean`, updated(x, score, level, update)),
      ];
    }),
    against("pf_discretize/x_next", updated(x, score, updates.pf_discretize!.level, updates.pf_discretize!.update)),
    ...step.correctors.flatMap(correct),
  ];
}
