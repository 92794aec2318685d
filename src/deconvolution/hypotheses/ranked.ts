/** @file Ranks the hypotheses about one place by score. */
import type { Kernel } from "../../blur/kernel.js";
import type { HypothesisName, ScoredKernel } from "./finders.js";
import { scoreOf } from "./kernel-criteria.js";

export interface Found {
  readonly hypothesis: HypothesisName;
  readonly scored: readonly ScoredKernel[];
}

export interface Ranked {
  readonly hypothesis: HypothesisName;
  readonly kernel: Kernel;
  /** Lower is more likely. */
  readonly score: number;
}

/** Penalty for hypotheses that were not estimated: a small disc sharpens any photo a little. */
const GIVEN_PENALTY = 0.2;
/** Hypotheses that are not estimated from the photo. */
export const GIVEN: ReadonlySet<HypothesisName> = new Set(["disc", "none"]);

/**
 * The best kernel of each hypothesis, the most likely first. No blur, or almost none, explains every photo, so the
 * residual of a hypothesis that was not estimated counts as at least that of the best estimate.
 */
export function ranked(all: readonly Found[]): readonly Ranked[] {
  const estimated = all.filter(({ hypothesis }) => !GIVEN.has(hypothesis)).flatMap(({ scored }) => scored);
  const least = Math.min(...estimated.map(({ criteria }) => criteria.residual));
  const score = (given: boolean, { criteria: { sparsity, residual } }: ScoredKernel): number =>
    given
      ? scoreOf({ sparsity, residual: Math.max(residual, least) }) + GIVEN_PENALTY
      : scoreOf({ sparsity, residual });
  return all
    .map(({ hypothesis, scored: kernels }) => {
      const scored = kernels.map((one) => ({
        hypothesis,
        kernel: one.kernel,
        score: score(GIVEN.has(hypothesis), one),
      }));
      return scored.reduce((best, one) => (one.score < best.score ? one : best));
    })
    .sort((a, b) => a.score - b.score);
}
