/**
 * @file Figure 3 and section 4.4 of the paper: the iterative steps of one restoration, compared with what the noise
 * schedule alone predicts.
 */
import { figure3Report } from "./figure-3-report.js";
import { METHODS, methodRun } from "./methods.js";
import type { Experiment, TrajectoryTask } from "./plan.js";
import type { Scale } from "./scale.js";

/** Number of sampling steps, evenly spaced in the paper's 2000; as in the paper, most of them are mainly noise. */
const STEPS = { tiny: 200, small: 400, paper: 2000 } as const satisfies Record<Scale, number>;
/** Indices of the shown pictures among the test pairs. */
const PICTURES = [0, 3];

export const figure3: Experiment = {
  name: "figure-3",
  title: "Figure 3: the steps of a restoration",
  question: "Which structure appears at which step, and how much of this does the noise schedule predict?",
  plan(setting) {
    const run = methodRun(setting, METHODS[0], 64);
    const steps = STEPS[setting.scale];
    const tasks = PICTURES.map(
      (picture): TrajectoryTask => ({
        kind: "trajectory",
        id: `steps of picture ${picture + 1}`,
        run: run.id,
        changes: { sampling: { steps, spacing: { kind: "trailing" } } },
        ...{ picture, cropPx: 128, seed: 1, keep: 12 },
      }),
    );
    return { runs: [run], tasks, report: (results) => figure3Report({ scale: setting.scale, run, tasks }, results) };
  },
};
