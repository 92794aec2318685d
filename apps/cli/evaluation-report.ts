/** @file The JSON of an evaluation: all its numbers and the information to reproduce them. */
import type { environment } from "../../platform/node/environment.js";
import type { EvaluatedModel } from "../../platform/node/runs/evaluate-model.js";
import { METRICS, type MetricName } from "../../src/evaluation/metrics/catalog.js";
import type { PictureScores } from "../../src/evaluation/protocol.js";
import type { SetScores } from "../../src/evaluation/set-scores.js";
import { summarise } from "../../src/evaluation/summary.js";

export interface EvaluationReport {
  /** The command line that reproduces these numbers. */
  readonly command: string;
  /** The command's options, defaults included. */
  readonly options: Readonly<Record<string, unknown>>;
  /** `path`: the value of --model. */
  readonly model: EvaluatedModel & { readonly path: string };
  readonly environment: ReturnType<typeof environment>;
  readonly elapsedMs: number;
  /** Pairs that were skipped, with the reasons. */
  readonly leftOut: readonly string[];
  readonly pictures: readonly PictureScores[];
  /** Metrics of all pictures together. */
  readonly sets: SetScores;
}

/** Writes infinity as a string: JSON has no infinity, and null means that there is no value. */
const withInfinity = (_: string, value: unknown): unknown =>
  typeof value === "number" && !Number.isFinite(value) ? String(value) : value;

export function evaluationJson({ command, options, environment, pictures, ...rest }: EvaluationReport): string {
  const names = Object.keys(pictures[0]?.input ?? {}) as MetricName[];
  const metric = ({ summary, unit, better }: (typeof METRICS)[MetricName]) => ({ summary, unit, better });
  const report = {
    format: "unblur evaluation 1",
    command,
    ...rest,
    options,
    ...environment,
    metrics: Object.fromEntries(names.map((name) => [name, metric(METRICS[name])])),
    summary: summarise(pictures),
    pictures,
  };
  return `${JSON.stringify(report, withInfinity, 2)}\n`;
}
