/**
 * @file Drift, diffusion, marginal, prior and discretisation of the published SDEs. `dimensions`: values of an image.
 */
import { CLEAN } from "../../../../../src/diffusion/noise-level.js";
import { forwardVariance } from "../../../../../src/diffusion/transition.js";
import { priorDeviation } from "../../../../../src/samplers/start.js";
import { compared, type Outcome } from "../../outcome.js";
import { chainOf, indexOf, type Kind, type ScoreSdeFile, sdeFrom } from "./file.js";

export function checkCoefficients(
  kind: Kind,
  expected: ScoreSdeFile["coefficients"][Kind],
  N: number,
  params: ScoreSdeFile["params"],
  dimensions: number,
): Outcome[] {
  const sde = sdeFrom(kind, params);
  const chain = chainOf(kind, params, N);
  const indices = expected.t.map((t) => indexOf(t, N));
  const step = (t: number): { f: number; G: number } => {
    if (!chain) return { f: sde.drift(t) / N, G: sde.diffusion(t) / Math.sqrt(N) };
    const index = indexOf(t, N);
    const [from, to] = [chain[index]!, chain[index - 1] ?? CLEAN];
    return { f: from.signal / to.signal - 1, G: Math.sqrt(forwardVariance(from, to)) };
  };
  const deviation = priorDeviation(sde.levelAt(1));
  const logp = -0.5 * dimensions * (Math.log(2 * Math.PI * deviation ** 2) + 1 / deviation ** 2);
  const at = (value: (t: number) => number): number[] => expected.t.map(value);
  const name = (what: string) => `${kind} ${what}`;
  const exact = { relative: 1e-12 };
  return [
    compared(name("drift"), at(sde.drift), expected.drift_over_x, exact),
    compared(name("diffusion"), at(sde.diffusion), expected.diffusion, exact),
    compared(
      name("signal"),
      at((t) => sde.levelAt(t).signal),
      expected.mean_coef,
      exact,
    ),
    compared(
      name("noise"),
      at((t) => sde.levelAt(t).noise),
      expected.std,
      exact,
    ),
    compared(
      name("t of the level"),
      at((t) => sde.timeOf(sde.levelAt(t).noise / sde.levelAt(t).signal)),
      expected.t,
      exact,
    ),
    compared(name("index"), indices, expected.timestep_index, { absolute: 0 }),
    compared(
      name("discretised f"),
      at((t) => step(t).f),
      expected.discretize_f_over_x,
      exact,
    ),
    compared(
      name("discretised G"),
      at((t) => step(t).G),
      expected.discretize_G,
      exact,
    ),
    compared(name("prior"), [logp], [expected.prior_logp_of_ones_1xCHW], exact),
  ];
}
