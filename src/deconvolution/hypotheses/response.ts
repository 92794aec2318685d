/**
 * @file Chooses the camera response: linear or gamma 2.2. For linear values, deconvolution under the wrong response
 * loses 6 to 10 dB. Under the wrong response no kernel explains the photo, so the scores show which is right.
 */
import type { LightCurve } from "../../blur/light.js";
import type { KernelCriteria } from "./kernel-criteria.js";

/** Candidate responses. sRGB and gammas from 1.8 to 2.6 make hardly any difference. */
export const RESPONSES = ["gamma2.2", "encoded"] as const satisfies readonly LightCurve[];
export type Response = (typeof RESPONSES)[number];

/** Weight of sparsity against the residual. */
const SPARSITY_WEIGHT = 10;
/** Threshold below which the values are linear. */
const MIN_EVIDENCE = -0.17;

/** Chooses from one estimate per response and place, by a weighted sum of sparsity and residual. */
export function chosenResponse(criteria: Readonly<Record<Response, readonly KernelCriteria[]>>): Response {
  const mean = (all: readonly KernelCriteria[]) =>
    all.reduce((sum, { residual, sparsity }) => sum + residual / 2 + SPARSITY_WEIGHT * sparsity, 0) / all.length;
  return mean(criteria.encoded) - mean(criteria["gamma2.2"]) < MIN_EVIDENCE ? "encoded" : "gamma2.2";
}
