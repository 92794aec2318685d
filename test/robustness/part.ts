/**
 * @file What a part of `npm run robustness` is: one kind of hostile input, tried many times. Part files are listed in
 * `catalog.ts`. Most parts are a function for one trial, run in children with limits (`children.ts`); a part that needs
 * several processes implements `run` itself.
 */

/** Endings of a trial. The first two are right, the others are faults of the program. */
export const ENDINGS = ["accepted", "refused", "unclear", "failed", "slow", "large", "crashed"] as const;
export type Ending = (typeof ENDINGS)[number];

/** Meanings of the endings, for the table of counts. */
export const MEANINGS = {
  accepted: "the input was read, or all that must hold does",
  refused: "an UnblurError of one plain sentence",
  unclear: "an error message that is not one plain sentence",
  failed: "another error than an UnblurError, or a wrong result",
  slow: "longer than the limit",
  large: "more memory than the limit",
  crashed: "the process ended",
} as const satisfies Record<Ending, string>;

export const isFault = (ending: Ending): boolean => ending !== "accepted" && ending !== "refused";

export interface Outcome {
  /** Number of the trial: with the seed it gives the same input again. */
  readonly trial: number;
  readonly ending: Ending;
  /** The error's message, or what was wrong. Empty for `accepted`. */
  readonly detail: string;
  readonly elapsedMs: number;
}

export interface PartOptions {
  readonly seed: number;
  /** Trials `first` to `first + count - 1`. */
  readonly first: number;
  readonly count: number;
}

export interface RobustnessPart {
  /** One line: what is tried. */
  readonly summary: string;
  /** Trials in the tests of a change: some seconds' worth. */
  readonly testCount: number;
  /** Trials of 100,000 where one run is divided among all parts: fewer where one takes longer. */
  readonly share: number;
  readonly run: (options: PartOptions) => AsyncIterable<Outcome>;
}
