/** @file Weights against the definition: the error of the score that a prediction implies, times lambda. */
import { describe, expect, test } from "vitest";
import { levelFromAlphaBar } from "./noise-level.js";
import { PREDICTIONS, predictions } from "./predictions.js";
import { createSde } from "./sde-catalog.js";
import { WEIGHTINGS, weightOf } from "./weightings.js";

const BETAS = { betaMin: 0.1, betaMax: 20 };
/** g(t)^2, written out from the paper. */
const G2 = {
  vp: (t: number) => 0.1 + 19.9 * t,
  "sub-vp": (t: number) => (0.1 + 19.9 * t) * (1 - Math.exp(-0.2 * t - 19.9 * t ** 2)),
  ve: (t: number) => (0.01 * 5000 ** t) ** 2 * 2 * Math.log(5000),
};
const SDES = {
  vp: createSde({ kind: "vp", ...BETAS }),
  "sub-vp": createSde({ kind: "sub-vp", ...BETAS }),
  ve: createSde({ kind: "ve", sigmaMin: 0.01, sigmaMax: 50 }),
};

describe.each(["vp", "sub-vp", "ve"] as const)("%s", (kind) => {
  const sde = SDES[kind];
  test.each(PREDICTIONS)("%s", (prediction) => {
    for (const t of [0.02, 0.3, 0.8, 1]) {
      const level = sde.levelAt(t);
      const [x0, eps, error] = [0.4, -1.3, 0.07];
      const rule = predictions[prediction];
      const { x0: ofX0, eps: ofEps } = rule.target(level);
      const predicted = ofX0 * x0 + ofEps * eps + error;
      const xt = level.signal * x0 + level.noise * eps;
      const estimate = rule.denoised(level);
      const denoised = estimate.xt * xt + estimate.output * predicted;
      const score = (level.signal * denoised - xt) / level.noise ** 2;
      const squared = (score + eps / level.noise) ** 2;
      const expected = {
        prediction: error ** 2,
        variance: level.noise ** 2 * squared,
        likelihood: G2[kind](t) * squared,
        score: squared,
      };
      for (const weighting of WEIGHTINGS) {
        const actual = weightOf(weighting, prediction, level, sde) * error ** 2;
        expect(Math.abs(actual / expected[weighting] - 1), `${weighting} at t = ${t}`).toBeLessThan(1e-6);
      }
    }
  });
});

test("where a weight is not a number, it is said", () => {
  expect(() => weightOf("score", "eps", levelFromAlphaBar(1), SDES.vp)).toThrow(/weighting "score".*noise 0/);
  expect(weightOf("prediction", "eps", levelFromAlphaBar(1), SDES.vp)).toBe(1);
});
