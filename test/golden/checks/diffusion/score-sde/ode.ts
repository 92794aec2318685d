/** @file The probability-flow ODE by SciPy's RK45: every step of it, and its end. */
import { CLEAN } from "../../../../../src/diffusion/noise-level.js";
import { denoiserFrom } from "../../../../../src/diffusion/predictions.js";
import { type SamplerInput, sample } from "../../../../../src/samplers/catalog.js";
import { compared, type Outcome, type Tensors } from "../../outcome.js";
import { gaussianNetwork } from "../gaussian-network.js";
import { trace } from "../trace.js";
import { type ScoreSdeFile, sdeFrom } from "./file.js";

export async function checkOde(
  ode: ScoreSdeFile["ode"][number],
  file: ScoreSdeFile,
  tensors: Tensors,
): Promise<Outcome[]> {
  const sde = sdeFrom(ode.sde, file.params);
  const mean = tensors.get("mean");
  let calls = 0;
  // A float32 score is too coarse to make an estimate of x_0 from where there is little signal: step sizes would follow
  // the rounding.
  const network = gaussianNetwork("x0", file.gauss.s, mean);
  const denoise = denoiserFrom("x0", (xt, level) => {
    calls++;
    return network(xt, level);
  });
  const levels = [sde.levelAt(1), sde.levelAt(ode.eps), CLEAN];
  const sampler: SamplerInput = { kind: "probability-flow", relativeTolerance: ode.rtol, absoluteTolerance: ode.atol };
  const start = tensors.get(`ode_${ode.sde}/x_T`).slice();
  const steps = await trace(sample(sampler, denoise, start, levels, () => new Float32Array(0), sde));
  const end = steps.x.at(-2)!; // at eps: the last step, to the estimate, is not the ODE's
  const times = steps.levels.map(({ signal, noise }) => sde.timeOf(noise / signal));
  const name = (what: string) => `ode_${ode.sde} ${what}`;
  const exact = { absolute: 2e-5 + ode.rk45_vs_exact };
  return [
    compared(name("evaluations"), [calls], [ode.nfev], { absolute: 0 }),
    compared(name("t"), times, ode.t_steps, { absolute: 5e-4 }),
    compared(name("x_rk45"), end, tensors.get(`ode_${ode.sde}/x_rk45`), { absolute: 2e-5 }),
    compared(name("x_exact"), end, tensors.get(`ode_${ode.sde}/x_exact`), exact),
    compared(name("x_dop853"), end, tensors.get(`ode_${ode.sde}/x_dop853`), exact),
  ];
}
