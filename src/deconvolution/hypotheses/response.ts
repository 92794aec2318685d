/**
 * @file Whether a file's values are light, or a camera's curve of it. An inverse filter that takes the one for the other loses 6 to 10 dB where
 * the values are light, and the photo tells: under the wrong response no kernel explains it.
 */
import type { LightCurve } from "../../blur/light.js";
import type { Judgement } from "./judge.js";

/** What is asked: between the curves of cameras, sRGB or a power of 1.8 to 2.6, there is hardly a difference. */
export const RESPONSES = ["gamma2.2", "encoded"] as const satisfies readonly LightCurve[];
export type Response = (typeof RESPONSES)[number];

/** By which sharper edges count against a smaller residual. */
const SPARSITY_WEIGHT = 10;
/** Below this the values are light. */
const LEAST_EVIDENCE = -0.17;

/** From one estimate under each response, place by place: under the right one the result is sharper, and explains the photo better. */
export function chosenResponse(judged: Readonly<Record<Response, readonly Judgement[]>>): Response {
  const mean = (all: readonly Judgement[]) =>
    all.reduce((sum, { residual, sparsity }) => sum + residual / 2 + SPARSITY_WEIGHT * sparsity, 0) / all.length;
  return mean(judged.encoded) - mean(judged["gamma2.2"]) < LEAST_EVIDENCE ? "encoded" : "gamma2.2";
}
