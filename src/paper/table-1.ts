/**
 * @file Table 1: every method, trained on crops of 64 and 128 px and tested on the same crops, with measurements beyond
 * the table.
 */

import { REGISTERED_METRICS } from "../evaluation/metrics/catalog.js";
import { METHODS, type Method, MODELS, methodRun, TRAINING_CROPS_PX } from "./methods.js";
import type { EvaluationTask, Experiment, PlannedRun, Setting, TestSet } from "./plan.js";
import { FROM_PHOTO_SAMPLING } from "./start-section.js";
import { type Table1, type TableEntry, tasksOf } from "./table-1-entry.js";
import { reportTable1 } from "./table-1-report.js";
import { crops64, crops128, wholeFrames } from "./test-sets.js";

/** Samples per crop where several are compared with one. */
const SAMPLES = 4;

/** Changes of a network for a measurement, and the suffix of the task's id. */
const AS_TRAINED = { suffix: "", changes: () => ({}) } as const;
const LOCAL = { suffix: "-local", changes: (run: PlannedRun) => ({ poolLikePx: run.config.data.patchPx }) } as const;
const FROM_PHOTO = { suffix: "-from-photo", changes: () => ({ sampling: FROM_PHOTO_SAMPLING }) } as const;
type Variant = typeof AS_TRAINED | typeof LOCAL | typeof FROM_PHOTO;

/** Measurement of a network: PSNR (also registered) and other metrics, and LPIPS if its weights are installed. */
function measured(
  { perceptual = [] }: Setting,
  { id, run, test, samples }: Pick<EvaluationTask, "id" | "run" | "test" | "samples">,
  way: Variant,
): EvaluationTask {
  return {
    kind: "evaluation",
    id: `${id} on ${test.id}`,
    ...{ run, changes: {}, test, samples, seed: 1 },
    metrics: ["psnr", "ssim", ...REGISTERED_METRICS, "tone-error", "high-frequency", ...perceptual],
    keep: way !== AS_TRAINED ? 0 : test.cropPx === null ? 1 : 4,
  };
}

function evaluation(setting: Setting, run: PlannedRun, test: TestSet, samples: number, way: Variant): EvaluationTask {
  const task = measured(setting, { id: run.id + way.suffix, run: run.id, test, samples }, way);
  return { ...task, changes: way.changes(run) };
}

/** Entries of every method at both sizes of training crops. The figures show pictures of the same measurements. */
export function tableEntries(setting: Setting): Pick<Table1, "entries" | "tests" | "untrained"> {
  const tests = [crops64(setting.scale), crops128(setting.scale), wholeFrames(setting.scale)];
  const entries: TableEntry[] = METHODS.flatMap((method: Method) =>
    TRAINING_CROPS_PX.map((cropPx) => {
      const run = methodRun(setting, method, cropPx);
      // Several samples are drawn on small crops only, because whole frames cost too much.
      const all = (way: Variant) =>
        tests.map((test) => evaluation(setting, run, test, method.draws && test.cropPx === 64 ? SAMPLES : 1, way));
      return {
        ...{ method, cropPx, run },
        evaluations: all(AS_TRAINED),
        local: method.pools ? all(LOCAL) : null,
        fromPhoto: method.draws ? evaluation(setting, run, tests[0]!, 1, FROM_PHOTO) : null,
      };
    }),
  );
  const untrained = MODELS.map((model) => ({
    model,
    evaluations: tests.map((test) => measured(setting, { id: model.id, run: model.id, test, samples: 1 }, AS_TRAINED)),
  }));
  return { tests, entries, untrained };
}

export const table1: Experiment = {
  name: "table-1",
  title: "Table 1: methods by the size of their training crops",
  question:
    "What quality does each method, trained on crops of 64 or 128 px, reach on crops of the same and other sizes?",
  plan(setting) {
    const { tests, entries, untrained } = tableEntries(setting);
    return {
      runs: entries.map(({ run }) => run),
      models: untrained.map(({ model }) => model),
      tasks: [...entries.flatMap(tasksOf), ...untrained.flatMap(({ evaluations }) => evaluations)],
      report: (results) => reportTable1({ scale: setting.scale, tests, entries, untrained }, results),
    };
  },
};
