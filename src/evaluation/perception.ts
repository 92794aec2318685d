/**
 * @file Measures by features of networks, as evaluation calls them: which weights each needs, and the interface that
 * computes them.
 */
import type { Levels } from "./metrics/levels.js";

/** Distances between two pictures. */
export const PERCEPTUAL_METRICS = ["lpips-alex", "lpips-squeeze", "lpips-vgg", "dists"] as const;
export type PerceptualMetric = (typeof PERCEPTUAL_METRICS)[number];

export const isPerceptual = (name: string): name is PerceptualMetric =>
  PERCEPTUAL_METRICS.some((metric) => metric === name);

/** Computes what needs a network. Owns native memory: its opener disposes of it. */
export interface Perception {
  /** Both RGB and of one size. */
  distance(metric: PerceptualMetric, restored: Levels, truth: Levels): Promise<number>;
  /** The 2048 features of Inception that FID and KID compare; of RGB. */
  features(picture: Levels): Promise<Float32Array>;
}

/** Distances between the set of all restorations (or inputs) and the set of all truths. */
export const SET_METRICS = {
  fid: "Frechet Inception distance between all results and all truths, as in pytorch-fid; of few pictures far too high",
  kid: "kernel Inception distance, unbiased, as in torch-fidelity; comparable between numbers of pictures",
} as const;
export type SetMetric = keyof typeof SET_METRICS;
export const SET_METRIC_NAMES = Object.keys(SET_METRICS) as readonly SetMetric[];
