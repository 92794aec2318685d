/** @file Names of the two methods of blind deconvolution, in a file that schemas can import without the methods. */

/** `single`: one estimate of the blur per place. `hypotheses`: several estimates, of which the most likely is taken. */
export const DECONVOLVER_NAMES = ["single", "hypotheses"] as const;
export type DeconvolverName = (typeof DECONVOLVER_NAMES)[number];
