/** @file Conclusions from Figure 4 about the tone: two explanations, their predictions and the measurements. */

import { signOf } from "../evaluation/measures.js";
import type { Statistic } from "../evaluation/summary.js";
import { number } from "./cells.js";

/** Differences of the tone error over the same crops, in levels of 255. */
export interface ToneEvidence {
  /** The sampler, e.g. "ancestral". */
  readonly sampler: string;
  /**
   * The shortened process minus the paper's whole one, both from pure noise. It shows whether there is a shift to
   * explain.
   */
  readonly shortened: Statistic;
  /**
   * The shortened process from q(x_T | blurry photo) minus from pure noise: the start matches the schedule's end,
   * without additional steps.
   */
  readonly fittingStart: Statistic;
  /**
   * The shortened process rescaled to end without signal minus unchanged, both from pure noise: the end matches the
   * start.
   */
  readonly fittingEnd: Statistic;
}

export type Verdict = "no shift" | "schedule" | "steps" | "partly" | "unclear";

/**
 * Shifts that disappear when the start and end of the schedule match, at the same number of steps, were caused by the
 * mismatch; shifts that persist were not.
 */
export function toneVerdict({ shortened, fittingStart, fittingEnd }: ToneEvidence): Verdict {
  if (signOf(shortened) !== "above") return "no shift";
  const effects = [signOf(fittingStart), signOf(fittingEnd)];
  if (effects.every((sign) => sign === "below")) return "schedule";
  if (effects.includes("below")) return "partly";
  // No remedy had an effect. This counts against the schedule only if an effect of half the shift would have been
  // detected.
  const detectable = [fittingStart, fittingEnd].every(
    ({ standardError }) => standardError !== null && 4 * standardError < Math.abs(shortened.mean!),
  );
  return detectable ? "steps" : "unclear";
}

const levels = (statistic: Statistic): string => `${number(statistic, 2, true)} levels`;

const WORDS: Readonly<Record<Verdict, (evidence: ToneEvidence) => string>> = {
  "no shift": ({ shortened }) =>
    `the shortened process has no clearly larger tone error than the whole one (${levels(shortened)}), so there is no shift to explain with this sampler at this scale`,
  schedule: ({ shortened, fittingStart, fittingEnd }) =>
    `shortening raises the tone error (${levels(shortened)}), and both a start that matches the schedule's end (${levels(fittingStart)}) and an end that matches the start (${levels(fittingEnd)}) lower it without additional steps. The numbers support the schedule as the cause, not missing steps`,
  partly: ({ shortened, fittingStart, fittingEnd }) =>
    `shortening raises the tone error (${levels(shortened)}); a start that matches the schedule's end changes it by ${levels(fittingStart)}, an end that matches the start by ${levels(fittingEnd)}. One of the two lowers it, so the schedule's end is a part of the cause, but not demonstrably the whole cause`,
  steps: ({ shortened, fittingStart, fittingEnd }) =>
    `shortening raises the tone error (${levels(shortened)}), and neither a matching start (${levels(fittingStart)}) nor a matching end (${levels(fittingEnd)}) lowers it. The numbers contradict the schedule as the cause`,
  unclear: ({ shortened, fittingStart, fittingEnd }) =>
    `shortening raises the tone error (${levels(shortened)}); the changes by a matching start (${levels(fittingStart)}) and a matching end (${levels(fittingEnd)}) are within the error, which is too large to decide`,
};

export const verdictSentence = (evidence: ToneEvidence): string =>
  `With ${evidence.sampler} sampling, ${WORDS[toneVerdict(evidence)](evidence)}.`;
