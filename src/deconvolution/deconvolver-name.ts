/** @file Names of the two methods of blind deconvolution, in a file that schemas can import without the methods. */

/** `single`: one estimate of the blur per place. `hypotheses`: the most likely of several estimates. */
export const DECONVOLVER_NAMES = ["single", "hypotheses"] as const;
export type DeconvolverName = (typeof DECONVOLVER_NAMES)[number];
