/**
 * @file An experiment of the catalog made so small that it takes seconds: its own plan and report, with few steps and
 * tiny pictures.
 */
import type { Experiment, ExperimentPlan, Task } from "../src/paper/plan.js";
import { parseRunConfig, type RunConfig } from "../src/training/run-config.js";

/** Pictures of the test's data are 48 x 40 px. */
const CROP_PX: Readonly<Record<number, number>> = { 64: 16, 128: 32 };
const STEPS = 2;
/** DeblurGAN-v2's pyramid halves the size five times. */
const MIN_ADVERSARIAL_PX = 32;
const JUDGES = [{ width: 2, layers: 1 }];

function shrunkRun(config: RunConfig, steps: number): RunConfig {
  const { predictor, diffusion, sampling } = config.model;
  const leastPx = config.objective.kind === "adversarial" ? MIN_ADVERSARIAL_PX : 0;
  return parseRunConfig(
    {
      ...config,
      model: {
        predictor: predictor && { ...predictor, network: shrunkNetwork(predictor.network) },
        diffusion: diffusion && { ...diffusion, network: shrunkNetwork(diffusion.network) },
        sampling: sampling && { ...sampling, steps: STEPS },
      },
      objective:
        "discriminators" in config.objective ? { ...config.objective, discriminators: JUDGES } : config.objective,
      data: { ...config.data, patchPx: Math.max(leastPx, CROP_PX[config.data.patchPx]!) },
      ...{ steps, batchSize: 1, checkpointEvery: { steps: 1, minutes: 60 } },
    },
    config.name,
  );
}

/** Narrow and shallow, whatever it is: only fields it has are replaced. */
function shrunkNetwork(network: Readonly<Record<string, unknown>>): unknown {
  const small = {
    ...{ width: 8, multipliers: [1, 2], groups: 2, blocksPerLevel: 1 },
    attentionLevels: network.attentionLevels === null ? null : [1],
    ...{ features: 4, blocks: 1, reduction: 2 },
  };
  return Object.fromEntries(
    Object.entries(network).map(([name, value]) => [name, name in small ? small[name as keyof typeof small] : value]),
  );
}

function shrunkTask(task: Task): Task {
  if (task.kind === "cost") return { ...task, sidesPx: [16, 32], repeats: 1 };
  const { sampling } = task.changes;
  const changes =
    sampling?.steps === undefined ? task.changes : { ...task.changes, sampling: { ...sampling, steps: STEPS } };
  if (task.kind === "trajectory") return { ...task, changes, cropPx: CROP_PX[task.cropPx]! };
  const { test } = task;
  return {
    ...task,
    test: { ...test, cropPx: test.cropPx === null ? null : CROP_PX[test.cropPx]!, perPicture: 1 },
    samples: Math.min(task.samples, 2),
    changes,
  };
}

/** The report reads results by the ids of the tasks it planned, which stay. */
export const shrunk = (experiment: Experiment, steps = 1): Experiment => ({
  ...experiment,
  plan(setting): ExperimentPlan {
    const { runs, models = [], tasks, ...rest } = experiment.plan(setting);
    return {
      ...rest,
      // The packaged model that costs the least.
      models: models.map((model) => (model.model === "default" ? { ...model, model: "fast" } : model)),
      runs: runs.map((run) => ({ ...run, config: shrunkRun(run.config, steps) })),
      tasks: tasks.map(shrunkTask),
    };
  },
});
