/**
 * @file score_sde: the published SDEs, single steps of their predictors and correctors, short runs, and the
 * probability-flow ODE. Published code asks for the score at a continuous t but takes VP's and VE's steps from a chain
 * of N discrete levels; here the chain's levels are what the sampler sees, and the stand-in network answers with the
 * score at t.
 */
import type { Outcome, Tensors } from "../outcome.js";
import { checkCoefficients } from "./score-sde/coefficients.js";
import { fileSchema, KINDS } from "./score-sde/file.js";
import { checkOde } from "./score-sde/ode.js";
import { checkRun } from "./score-sde/runs.js";
import { checkStep } from "./score-sde/steps.js";

export async function checkScoreSde(json: unknown, tensors: Tensors): Promise<Outcome[]> {
  const file = fileSchema.parse(json);
  const dimensions = tensors.get("mean").length;
  const outcomes = [
    ...KINDS.flatMap((kind) => checkCoefficients(kind, file.coefficients[kind], file.N, file.params, dimensions)),
    ...file.steps.flatMap((step) => checkStep(step, file, tensors)),
  ];
  for (const ode of file.ode) outcomes.push(...(await checkOde(ode, file, tensors)));
  for (const run of file.pc) outcomes.push(...(await checkRun(run, file, tensors)));
  return outcomes;
}
