/** @file How large an experiment is: the paper's settings, or the same protocol within a coffee break or a night. */

export const SCALES = ["tiny", "small", "paper"] as const;
export type Scale = (typeof SCALES)[number];

interface ScaleEntry {
  readonly summary: string;
  /** What a report of this scale must say before its first number; null where nothing is reduced. */
  readonly reduced: string | null;
  /**
   * The part of the machine's speed at a plain 3x3 convolution that training and sampling reach, for the estimate of time: small
   * networks spend more of it on all that is no convolution. Measured on two cores; see docs/experiments.md.
   */
  readonly efficiency: number;
}

export const SCALE: { readonly [S in Scale]: ScaleEntry } = {
  tiny: {
    summary: "narrow networks, minutes of training each: shows that all works, and large effects only",
    reduced:
      "This is the reduced scale “tiny”: the paper's protocol with narrow networks that were trained for minutes, on the pictures at hand. Its numbers are not the paper's and rank nothing but these reduced networks; look at directions, not at values.",
    efficiency: 0.3,
  },
  small: {
    summary: "networks of a middle width, an hour or two of training each on a CPU",
    reduced:
      "This is the reduced scale “small”: the paper's protocol with narrower networks and a small part of its training. Its numbers are not the paper's.",
    efficiency: 0.4,
  },
  paper: {
    summary: "the paper's networks, crops and steps, for a GPU",
    reduced: null,
    efficiency: 0.5,
  },
};
