/**
 * @file Chooses the camera response: linear or gamma 2.2. With linear values, deconvolution under the wrong response
 * loses 6 to 10 dB. The photo shows which is right: under the wrong one no kernel explains it.
 */
import type { LightCurve } from "../../blur/light.js";
import type { Judgement } from "./judge.js";

/** The candidates. sRGB and gammas from 1.8 to 2.6 make hardly any difference. */
export const RESPONSES = ["gamma2.2", "encoded"] as const satisfies readonly LightCurve[];
export type Response = (typeof RESPONSES)[number];

/** Weight of sparsity against the residual. */
const SPARSITY_WEIGHT = 10;
/** Threshold below which the values are linear. */
const LEAST_EVIDENCE = -0.17;

/** Chooses from one estimate per response and place, by a weighted sum of sparsity and residual. */
export function chosenResponse(judged: Readonly<Record<Response, readonly Judgement[]>>): Response {
  const mean = (all: readonly Judgement[]) =>
    all.reduce((sum, { residual, sparsity }) => sum + residual / 2 + SPARSITY_WEIGHT * sparsity, 0) / all.length;
  return mean(judged.encoded) - mean(judged["gamma2.2"]) < LEAST_EVIDENCE ? "encoded" : "gamma2.2";
}
