/** @file What the numbers of Figure 4 support about the tone: two explanations, what each predicts, and what was found. */

import { signOf } from "../evaluation/measures.js";
import type { Statistic } from "../evaluation/summary.js";
import { number } from "./cells.js";

/** Differences of the tone error over the same crops, in levels of 255. */
export interface ToneEvidence {
  /** What these were sampled with, e.g. "ancestral". */
  readonly sampler: string;
  /** The shortened process minus the paper's whole one, both from pure noise: is there a shift to explain? */
  readonly shortened: Statistic;
  /** The shortened process from q(x_T | blurry photo) minus from pure noise: no step is added, the start fits the schedule's end. */
  readonly fittingStart: Statistic;
  /** The shortened process rescaled to end without signal minus as it is, both from pure noise: the end fits the start. */
  readonly fittingEnd: Statistic;
}

export type Verdict = "no shift" | "schedule" | "steps" | "partly" | "unclear";

/**
 * Shifts that go when start and end of the schedule are made to fit, at the same number of steps, were made by the misfit. Shifts that stay
 * were not. Two standard errors make a difference.
 */
export function toneVerdict({ shortened, fittingStart, fittingEnd }: ToneEvidence): Verdict {
  if (signOf(shortened) !== "above") return "no shift";
  const cures = [signOf(fittingStart), signOf(fittingEnd)];
  if (cures.every((sign) => sign === "below")) return "schedule";
  if (cures.includes("below")) return "partly";
  // No cure seen: it counts against the schedule only if a cure of half the shift would have been seen.
  const seen = [fittingStart, fittingEnd].every(
    ({ standardError }) => standardError !== null && 4 * standardError < Math.abs(shortened.mean!),
  );
  return seen ? "steps" : "unclear";
}

const levels = (statistic: Statistic): string => `${number(statistic, 2, true)} levels`;

const WORDS: Readonly<Record<Verdict, (evidence: ToneEvidence) => string>> = {
  "no shift": ({ shortened }) =>
    `the shortened process has no clearly larger tone error than the whole one (${levels(shortened)}), so there is no shift to explain with this sampler at this scale`,
  schedule: ({ shortened, fittingStart, fittingEnd }) =>
    `shortening raises the tone error (${levels(shortened)}), and both a start that fits the schedule's end (${levels(fittingStart)}) and an end that fits the start (${levels(fittingEnd)}) lower it without a single step more. The numbers support the schedule's explanation, not that steps are missing`,
  partly: ({ shortened, fittingStart, fittingEnd }) =>
    `shortening raises the tone error (${levels(shortened)}); a start that fits the schedule's end changes it by ${levels(fittingStart)}, an end that fits the start by ${levels(fittingEnd)}. One of the two lowers it, so the schedule's end is part of the cause; it is not shown to be all of it`,
  steps: ({ shortened, fittingStart, fittingEnd }) =>
    `shortening raises the tone error (${levels(shortened)}), and neither a fitting start (${levels(fittingStart)}) nor a fitting end (${levels(fittingEnd)}) lowers it. The numbers speak against the schedule's explanation`,
  unclear: ({ shortened, fittingStart, fittingEnd }) =>
    `shortening raises the tone error (${levels(shortened)}); what a fitting start (${levels(fittingStart)}) and a fitting end (${levels(fittingEnd)}) change is within the error, which is too large to decide`,
};

export const verdictSentence = (evidence: ToneEvidence): string =>
  `With ${evidence.sampler} sampling, ${WORDS[toneVerdict(evidence)](evidence)}.`;
