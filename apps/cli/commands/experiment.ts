/** @file `unblur experiment`: reproduces the paper's tables and figures, each with one command. */
import * as z from "zod";
import {
  type ExperimentOptions,
  type PreparedExperiment,
  prepareExperiment,
  runExperiment,
} from "../../../platform/node/paper/experiment.js";
import { createRuntime, DEVICES } from "../../../platform/node/threads/runtime.js";
import { duration } from "../../../src/base/duration.js";
import { EXPERIMENT_NAMES, EXPERIMENTS } from "../../../src/paper/catalog.js";
import { SCALE, SCALES } from "../../../src/paper/scale.js";
import { defineCommand } from "../command.js";
import { EXIT } from "../exit-codes.js";
import { experimentStatus } from "../experiment-status.js";
import { gigabytes } from "../gigabytes.js";
import type { Io } from "../io.js";
import { UsageError } from "../usage-error.js";

const listing = (): string[] => {
  const width = Math.max(...EXPERIMENT_NAMES.map((name) => name.length));
  return [
    ...EXPERIMENTS.map(({ name, question }) => `${name.padEnd(width)}  ${question}`),
    "",
    ...SCALES.map((scale) => `--scale ${scale}: ${SCALE[scale].summary}`),
  ];
};

/** A round figure to compare with the GPU at hand. */
const GPU_MULTIPLY_ADDS_PER_SECOND = 1e13;

/**
 * Reports the plan run by run and measurement by measurement, with the estimated time on this machine. `command`: what
 * starts it.
 */
function sayPlan(
  { plan, data, found, estimate }: PreparedExperiment,
  scale: (typeof SCALES)[number],
  command: string,
  io: Io,
): void {
  io.say(
    `training pairs: ${data.trainingPairs} in ${data.training.path}; test pairs: ${data.testPairs} in ${data.test}`,
  );
  let [leftMs, leftMultiplyAdds, mostBytes] = [0, 0, 0];
  for (const { id, config } of plan.runs) {
    const there = found.get(id) ?? null;
    const part = there ? 1 - Math.min(1, there.step / config.steps) : 1;
    const ms = (estimate.ms.get(id) ?? 0) * part;
    leftMs += ms;
    const { multiplyAdds, memoryBytes } = estimate.costs.get(id)!;
    leftMultiplyAdds += multiplyAdds * part;
    mostBytes = Math.max(mostBytes, memoryBytes);
    const state = there?.finished ? "trained already" : there ? `continues from step ${there.step}` : "to train";
    io.say(
      `  ${id}: ${config.steps} steps at ${config.data.patchPx} px, batch ${config.batchSize}: ${state}${there?.finished ? "" : `, about ${duration(ms)}, ${gigabytes(memoryBytes)}`}`,
    );
  }
  const taskMs = plan.tasks.reduce((sum, { id }) => sum + (estimate.ms.get(id) ?? 0), 0);
  io.say(`  ${plan.tasks.length} measurements, about ${duration(taskMs)} if none is done yet`);
  io.say(
    `about ${duration(leftMs + taskMs)} on this machine, estimated from the speed of a plain convolution measured now`,
  );
  if (scale !== "paper") return;
  const gpuMs = (leftMultiplyAdds / GPU_MULTIPLY_ADDS_PER_SECOND) * 1000;
  io.say(
    `These are the paper's full settings, meant for a GPU: --device cuda or webgpu. --scale tiny takes minutes on a CPU. Training is ${leftMultiplyAdds.toExponential(1)} multiply-adds: about ${duration(gpuMs)} on a GPU that reaches ${GPU_MULTIPLY_ADDS_PER_SECOND.toExponential(0)} a second, with ${gigabytes(mostBytes)} of its memory at most.`,
  );
  io.say(`One command starts it, and continues it after every stop: ${command}`);
}

/** The command of a dry run without --dry-run; on the CPU, with the device that the full settings are meant for. */
const startingCommand = (dry: string, device: (typeof DEVICES)[number]): string =>
  dry.replace(" --dry-run", "") + (device === "cpu" ? " --device cuda" : "");

export const experiment = defineCommand({
  name: "experiment",
  summary: "Reproduce the paper's tables and figures: train missing models, measure, write a report.",
  examples: [
    "unblur experiment --list",
    "unblur experiment table-1 --scale tiny --data GoPro --out experiments",
    "unblur experiment figure-4 --scale small --data GoPro --dry-run",
  ],
  details: [
    "DIR holds training pairs in train/ (or gopro/train/) and test pairs in test/ or validation/, in the layout of GoPro. Test pairs are never used for training.",
    "Ctrl-C stops with exit code 130; the same command continues exactly where it stopped. Experiments with the same --out share runs and measurements.",
    "The report is one HTML file that opens offline; all numbers are written beside it as JSON and CSV.",
  ],
  arguments: {
    name: z
      .enum(EXPERIMENT_NAMES as [string, ...string[]])
      .optional()
      .meta({ value: "NAME", description: `Experiment: ${EXPERIMENT_NAMES.join(", ")}` }),
  },
  options: {
    scale: z
      .enum(SCALES)
      .default("tiny")
      .describe("Size of the experiment: tiny takes minutes with narrow networks, paper has the paper's settings"),
    data: z.string().optional().meta({ value: "DIR", description: "Folder with training and test pictures" }),
    out: z.string().default("experiments").meta({ value: "DIR", description: "Folder for reports, runs and results" }),
    threads: z
      .int()
      .min(1)
      .optional()
      .describe("CPU threads (default: all); results are reproducible for a fixed number of threads"),
    device: z.enum(DEVICES).default("cpu").describe("Device to compute on"),
    list: z.boolean().default(false).describe("Print the experiments and scales, then stop"),
    dryRun: z
      .boolean()
      .default(false)
      .describe("Print the planned training and measurements with the estimated time, then stop"),
  },
  async run({ name, scale, data, out, threads, device, list, dryRun }, io, recorded) {
    if (list) {
      for (const line of listing()) io.print(line);
      return EXIT.done;
    }
    const chosen = EXPERIMENTS.find((one) => one.name === name);
    if (!chosen) throw new UsageError(`NAME is missing: one of ${EXPERIMENT_NAMES.join(", ")}; --list describes them`);
    if (data === undefined) throw new UsageError("--data DIR is missing: the folder with training and test pictures");
    const options: ExperimentOptions = {
      experiment: chosen,
      ...{ scale, data, out, signal: io.signal },
      runtime: createRuntime({ device, threads }),
      command: recorded(),
    };
    const prepared = await prepareExperiment(options);
    if (SCALE[scale].reduced) io.say(SCALE[scale].reduced);
    sayPlan(prepared, scale, startingCommand(options.command, device), io);
    if (dryRun) return EXIT.done;
    await follow(options, prepared, io);
    return EXIT.done;
  },
});

async function follow(options: ExperimentOptions, prepared: PreparedExperiment, io: Io): Promise<void> {
  const finished = new Set([...prepared.found].filter(([, run]) => run?.finished).map(([id]) => id));
  const status = experimentStatus(prepared.estimate, finished);
  for await (const event of runExperiment(options, prepared)) {
    const line = status.line(event, performance.now());
    if (line !== null) io.progress(line);
    else if (event.type === "problem") io.say(`left out: ${event.message}`);
    else if (event.type === "run" && !finished.has(event.run.id)) io.say(`${event.path}: ${event.run.label}`);
    else if (event.type === "report") {
      io.say(event.lead);
      for (const path of event.paths) io.print(path);
    }
  }
}
