/** @file What the page of `unblur watch` gets to see: from the program that serves it, or from within an exported file. */
import type { Axis, Curve } from "../../src/training/watched-metrics.js";

export type { Axis, Curve } from "../../src/training/watched-metrics.js";

export interface SamplePicture {
  readonly step: number;
  /** Several pictures of a step have several. */
  readonly name: string;
  /** An address of the server, or the picture itself as data. */
  readonly url: string;
}

/** "training": its log grew in the last minutes. */
export type RunState = "training" | "stopped" | "finished";

export interface RunFacts {
  readonly name: string;
  readonly state: RunState;
  readonly step: number;
  readonly steps: number | null;
  readonly imagesSeen: number;
  readonly elapsedMs: number;
  /** Null unless it trains. */
  readonly msLeft: number | null;
  readonly imagesPerSecond: number | null;
  /** Mean of the latest 100 steps. */
  readonly loss: number | null;
  readonly metrics: readonly string[];
  readonly samples: readonly SamplePicture[];
  /** When and where it was trained, a record a session. */
  readonly sessions: readonly Readonly<Record<string, unknown>>[];
  readonly config: unknown;
}

export interface CurveQuery {
  readonly run: string;
  readonly metric: string;
  readonly axis: Axis;
  readonly from?: number;
  readonly to?: number;
}

/** Everything an exported page needs: curves of whole runs by run, metric and axis. */
export interface ExportedRuns {
  readonly at: string;
  readonly runs: readonly RunFacts[];
  readonly curves: Readonly<Record<string, Readonly<Record<string, Readonly<Record<Axis, Curve>>>>>>;
}
