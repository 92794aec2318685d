/**
 * @file Parts shared by several reports: the training table, notes on the reduced scale, one record for each
 * measurement.
 */
import type { Scores } from "../evaluation/scores.js";
import { reportTable } from "../reports/table.js";
import type { EvaluationTask, PlannedRun, ReportContent } from "./plan.js";
import type { Results } from "./results.js";
import { SCALE, type Scale } from "./scale.js";

export const reducedNotes = (scale: Scale): string[] => {
  const { reduced } = SCALE[scale];
  return reduced === null ? [] : [reduced];
};

/** Table of the runs: a summary of the config, and the training time. */
export const trainingTable = (runs: readonly PlannedRun[], results: Results) =>
  reportTable({
    caption:
      "Training of each network. Minutes were measured on this machine over all sessions of the run. The complete configs are in the JSON file of this page.",
    columns: [
      { label: "Network" },
      { label: "Parameters", number: true },
      { label: "Crop", number: true },
      { label: "Batch", number: true },
      { label: "Steps", number: true },
      { label: "Peak rate", number: true },
      { label: "Minutes", number: true },
    ],
    rows: runs.map(({ id, label, config }) => {
      const { parameters, trainingMs } = results.run(id);
      return {
        cells: [
          label,
          parameters.toLocaleString("en"),
          `${config.data.patchPx} px`,
          String(config.batchSize),
          config.steps.toLocaleString("en"),
          String(config.learningRate.peak),
          { value: trainingMs / 60_000, digits: 1 },
        ],
      };
    }),
  });

const prefixed = (prefix: string, scores: Scores | null): Record<string, number | null> =>
  Object.fromEntries(Object.entries(scores ?? {}).map(([name, value]) => [`${prefix} ${name}`, value ?? null]));

/** One record for each crop: its position and its scores. */
export function evaluationRecords(tasks: readonly EvaluationTask[], results: Results): ReportContent["records"] {
  return tasks.flatMap((task) =>
    results.of(task).scores.map((row) => ({
      ...{ task: task.id, run: task.run, test: task.test.id, picture: row.name },
      ...{
        left: row.crop?.left ?? null,
        top: row.crop?.top ?? null,
        width: row.width,
        height: row.height,
        seed: row.seed,
      },
      ...prefixed("input", row.input),
      ...prefixed("restored", row.restored),
      ...prefixed("mean of samples", row.meanOfSamples),
    })),
  );
}
