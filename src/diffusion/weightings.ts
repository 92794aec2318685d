/**
 * @file Weight of each noise level in training: lambda(t) of weighted denoising score matching, the mean over t of
 * lambda(t) |score(x_t, t) + eps / noise|^2 (Song et al. 2021, eq. 7), for networks with any prediction.
 */
import * as z from "zod";
import { UnblurError } from "../base/errors.js";
import type { NoiseLevel } from "./denoiser.js";
import { type Prediction, predictions } from "./predictions.js";
import type { Sde } from "./sde.js";

export const WEIGHTINGS = ["prediction", "variance", "likelihood", "score"] as const;
export type Weighting = (typeof WEIGHTINGS)[number];
export const weightingSchema = z.enum(WEIGHTINGS);

interface WeightingEntry {
  readonly summary: string;
  /** lambda at a level; null for the weight that makes all levels count alike in the prediction. */
  readonly lambda: ((level: NoiseLevel, sde: Sde) => number) | null;
}

const weightings = {
  prediction: { summary: "all levels count alike in the prediction; with eps, DDPM's simple loss", lambda: null },
  variance: {
    summary: "lambda = noise^2, the choice of Song et al. 2021: all levels count alike in eps",
    lambda: ({ noise }) => noise ** 2,
  },
  likelihood: {
    summary: "lambda = g(t)^2: a bound on the likelihood (Song, Durkan, Murray and Ermon 2021)",
    lambda: ({ signal, noise }, sde) => sde.diffusion(sde.timeOf(noise / signal)) ** 2,
  },
  score: {
    summary: "lambda = 1: all levels count alike in the score, so the least noisy ones dominate",
    lambda: () => 1,
  },
} as const satisfies Record<Weighting, WeightingEntry>;

/**
 * Weight of a prediction's squared error at a level: lambda(t) times the squared derivative of the score with respect
 * to the prediction. Throws `config` where it is not finite, as for the score at a level without noise.
 */
export function weightOf(weighting: Weighting, prediction: Prediction, level: NoiseLevel, sde: Sde): number {
  const { lambda }: WeightingEntry = weightings[weighting];
  if (!lambda) return 1;
  // score = (signal denoised - x_t) / noise^2, and denoised contains the prediction times `output`.
  const share = (level.signal * predictions[prediction].denoised(level).output) / level.noise ** 2;
  const weight = lambda(level, sde) * share ** 2;
  if (Number.isFinite(weight)) return weight;
  throw new UnblurError(
    "config",
    `weighting "${weighting}" of a network that predicts ${prediction}: not a number at signal ${level.signal}, noise ${level.noise}; ` +
      'draw levels away from both ends ("time", or "log-snr" with bounds), or use the weighting "prediction"',
  );
}
