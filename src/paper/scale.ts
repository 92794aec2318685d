/** @file Scales of an experiment: the paper's settings, or the same protocol within minutes or hours. */

export const SCALES = ["tiny", "small", "paper"] as const;
export type Scale = (typeof SCALES)[number];

interface ScaleEntry {
  readonly summary: string;
  /** Notice that a report of this scale shows before its first number; null if nothing is reduced. */
  readonly reduced: string | null;
  /**
   * Share of the machine's speed at a plain 3x3 convolution that training and sampling reach, for time estimates: small
   * networks spend more time outside convolutions. Measured on two cores; see docs/experiments.md.
   */
  readonly efficiency: number;
}

export const SCALE: { readonly [S in Scale]: ScaleEntry } = {
  tiny: {
    summary: "narrow networks, minutes of training each: a test of the pipeline that shows large effects only",
    reduced:
      "This is the reduced scale “tiny”: the paper's protocol with narrow networks, trained for minutes on the available pictures. Its numbers are not the paper's and rank only these reduced networks; compare directions, not values.",
    efficiency: 0.3,
  },
  small: {
    summary: "networks of medium width, one or two hours of training each on a CPU",
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
