/** @file The JSON of an evaluation: all its numbers, and what one must know to get them again. */
import type { environment } from "../../platform/node/environment.js";
import type { EvaluatedModel } from "../../platform/node/runs/evaluate-model.js";
import { METRICS, type MetricName } from "../../src/evaluation/metrics/catalog.js";
import type { PictureScores } from "../../src/evaluation/protocol.js";
import type { SetScores } from "../../src/evaluation/set-scores.js";
import { summarise } from "../../src/evaluation/summary.js";

export interface EvaluationReport {
  /** The command line that gives these numbers again. */
  readonly command: string;
  /** As the command had them, defaults filled in. */
  readonly options: Readonly<Record<string, unknown>>;
  /** `path` is what --model was. */
  readonly model: EvaluatedModel & { readonly path: string };
  readonly environment: ReturnType<typeof environment>;
  readonly elapsedMs: number;
  /** Pairs that were passed over, and why. */
  readonly leftOut: readonly string[];
  readonly pictures: readonly PictureScores[];
  /** Of all pictures together. */
  readonly sets: SetScores;
}

/** JSON has no infinity; the PSNR of equal pictures must not become null, which is said where there is no value. */
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
