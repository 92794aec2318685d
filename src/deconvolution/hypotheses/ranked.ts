/** @file The hypotheses about one place in the order of how likely they are. */
import type { Kernel } from "../../blur/kernel.js";
import type { HypothesisName, Judged } from "./finders.js";
import { scoreOf } from "./judge.js";

export interface Found {
  readonly hypothesis: HypothesisName;
  readonly judged: readonly Judged[];
}

export interface Ranked {
  readonly hypothesis: HypothesisName;
  readonly kernel: Kernel;
  /** Lower is more likely. */
  readonly score: number;
}

/** A small disc sharpens any photo a little: of two that are close, what was estimated is the likelier one. */
const GIVEN_PENALTY = 0.2;
/** Not estimated from the photo. */
const GIVEN: ReadonlySet<HypothesisName> = new Set(["disc", "none"]);

/**
 * The most likely first, of each hypothesis its best kernel. No blur at all, or next to none, explains every photo: what was not estimated from it is
 * taken to explain it no better than the best of what was.
 */
export function ranked(all: readonly Found[]): readonly Ranked[] {
  const estimated = all.filter(({ hypothesis }) => !GIVEN.has(hypothesis)).flatMap(({ judged }) => judged);
  const least = Math.min(...estimated.map(({ judgement }) => judgement.residual));
  const score = (given: boolean, { judgement: { sparsity, residual } }: Judged): number =>
    given
      ? scoreOf({ sparsity, residual: Math.max(residual, least) }) + GIVEN_PENALTY
      : scoreOf({ sparsity, residual });
  return all
    .map(({ hypothesis, judged }) => {
      const scored = judged.map((one) => ({
        hypothesis,
        kernel: one.kernel,
        score: score(GIVEN.has(hypothesis), one),
      }));
      return scored.reduce((best, one) => (one.score < best.score ? one : best));
    })
    .sort((a, b) => a.score - b.score);
}
