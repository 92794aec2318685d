/** @file Table 1: every method, trained on crops of 64 and 128 px, tested on the same crops; and what the table leaves out. */
import { METHODS, type Method, methodRun, TRAINING_CROPS_PX } from "./methods.js";
import type { EvaluationTask, Experiment, PlannedRun, Setting, TestSet } from "./plan.js";
import type { Table1, TableEntry } from "./table-1-entry.js";
import { reportTable1 } from "./table-1-report.js";
import { crops64, crops128, wholeFrames } from "./test-sets.js";

/** Restorations drawn of each crop where several are compared with one. */
const SAMPLES = 4;

function evaluation(run: PlannedRun, test: TestSet, samples: number, local: boolean): EvaluationTask {
  return {
    kind: "evaluation",
    id: `${run.id}${local ? "-local" : ""} on ${test.id}`,
    run: run.id,
    changes: local ? { poolLikePx: run.config.data.patchPx } : {},
    ...{ test, samples, seed: 1 },
    metrics: ["psnr", "ssim", "tone-error", "high-frequency"],
    keep: local ? 0 : test.cropPx === null ? 1 : 4,
  };
}

/** Every method at both sizes of training crops, and what is measured on it. The figures show pictures of the same measurements. */
export function tableEntries(setting: Setting): Pick<Table1, "entries" | "tests"> {
  const tests = [crops64(setting.scale), crops128(setting.scale), wholeFrames(setting.scale)];
  const entries: TableEntry[] = METHODS.flatMap((method: Method) =>
    TRAINING_CROPS_PX.map((cropPx) => {
      const run = methodRun(setting, method, cropPx);
      // Samples are compared on the small crops; whole frames cost too much to draw several.
      const all = (local: boolean) =>
        tests.map((test) => evaluation(run, test, method.draws && test.cropPx === 64 ? SAMPLES : 1, local));
      return { method, cropPx, run, evaluations: all(false), local: method.pools ? all(true) : null };
    }),
  );
  return { tests, entries };
}

export const table1: Experiment = {
  name: "table-1",
  title: "Table 1: methods by the size of their training crops",
  question: "How good is each method, trained on crops of 64 or 128 px, on crops of the same and of other sizes?",
  plan(setting) {
    const { tests, entries } = tableEntries(setting);
    return {
      runs: entries.map(({ run }) => run),
      tasks: entries.flatMap(({ evaluations, local }) => [...evaluations, ...(local ?? [])]),
      report: (results) => reportTable1({ scale: setting.scale, tests, entries }, results),
    };
  },
};
