/** @file Names of the two ways of blind deconvolution: for schemas, which load no more than this. */

/** `single`: one estimate of the blur for each place. `hypotheses`: several, the most likely one of each place. */
export const DECONVOLVER_NAMES = ["single", "hypotheses"] as const;
export type DeconvolverName = (typeof DECONVOLVER_NAMES)[number];
