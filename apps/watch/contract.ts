/**
 * @file Interface between the page of `unblur watch` and its data, which a program serves or an exported file contains.
 */
import type { Axis, Curve } from "./watched-metrics.js";

export type { Axis, Curve } from "./watched-metrics.js";

export interface SamplePicture {
  readonly step: number;
  /** Distinguishes several pictures of one step. */
  readonly name: string;
  /** An address of the server, or a data URI. */
  readonly url: string;
}

/** "training": the log has grown in the last minutes. */
export type RunState = "training" | "stopped" | "finished";

export interface RunFacts {
  readonly name: string;
  readonly state: RunState;
  readonly step: number;
  readonly steps: number | null;
  readonly imagesSeen: number;
  readonly elapsedMs: number;
  /** Null unless the run is training. */
  readonly msLeft: number | null;
  readonly imagesPerSecond: number | null;
  /** Mean loss of the latest 100 steps. */
  readonly loss: number | null;
  readonly metrics: readonly string[];
  readonly samples: readonly SamplePicture[];
  /** Time and machine of each session. */
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

/** All data of an exported page: curves of whole runs by run, metric and axis. */
export interface ExportedRuns {
  readonly at: string;
  readonly runs: readonly RunFacts[];
  readonly curves: Readonly<Record<string, Readonly<Record<string, Readonly<Record<Axis, Curve>>>>>>;
}
