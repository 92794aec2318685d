/**
 * @file `unblur train`: trains from a config and a folder of pictures into a run folder; it can stop and resume at any
 * time.
 */
import { stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import * as z from "zod";
import { ENOUGH_PHOTOS, ownPhotosConfig, planOwnPhotos } from "../../../platform/node/runs/own-photos.js";
import { RunFolder } from "../../../platform/node/runs/run-folder.js";
import { measureCost } from "../../../platform/node/runs/training-cost.js";
import { createRun, parameterCounts, trainRun } from "../../../platform/node/runs/training-run.js";
import { foldersBefore, inTrainingSession } from "../../../platform/node/runs/training-session.js";
import { createRuntime, DEVICES } from "../../../platform/node/threads/runtime.js";
import { duration } from "../../../src/base/duration.js";
import type { Runtime } from "../../../src/runtime/session.js";
import type { TrainEvent } from "../../../src/training/loop.js";
import type { RoundsEvent } from "../../../src/training/rounds/loop.js";
import { roundsSchema } from "../../../src/training/rounds/outer-step.js";
import { parseRunConfig, type RunConfig } from "../../../src/training/run-config.js";
import type { StopReason } from "../../../src/training/session.js";
import { validationLines } from "../../../src/training/validation.js";
import { queueOption, storeOption } from "../../queue/address.js";
import { withQueuePackages } from "../../queue/load.js";
import { defineCommand } from "../command.js";
import { EXIT, type ExitCode } from "../exit-codes.js";
import { gigabytes } from "../gigabytes.js";
import type { Io } from "../io.js";
import { preparationLines } from "../prepare-progress.js";
import type { QueuedTraining, QueuedTrainingOptions } from "../queued-training.js";
import { readRunConfig } from "../read-run-config.js";
import { UsageError } from "../usage-error.js";

const STOPPED = {
  finished: { exit: EXIT.done, words: "the run is finished" },
  "max-steps": { exit: EXIT.done, words: "stopped after --max-steps" },
  "max-minutes": { exit: EXIT.done, words: "stopped after --max-minutes" },
  cancelled: { exit: EXIT.cancelled, words: "stopped on request and saved" },
} as const satisfies Record<StopReason, { exit: ExitCode; words: string }>;

const LEFT_OUT = "left-out.txt";
const MAX_LISTED_PROBLEMS = 5;

/** Opens a run by its path, or by its folder's name under `runs`. */
async function openRun(run: string, runs: string): Promise<RunFolder> {
  return RunFolder.open(
    (await RunFolder.isRun(run)) ? run : (await RunFolder.isRun(join(runs, run))) ? join(runs, run) : run,
  );
}

/** The absolute path of the data folder. */
async function dataFolder(given: string | undefined, option = "--data"): Promise<string> {
  if (given === undefined) throw new UsageError("--data DIR is missing: the folder with the pictures to train on");
  const folder = resolve(given);
  const isFolder = await stat(folder).then(
    (found) => found.isDirectory(),
    () => false,
  );
  if (!isFolder) throw new UsageError(`${option}: "${folder}" is not a folder`);
  return folder;
}

/**
 * Returns the config of a run in rounds, for `--queue`, or of a run on this machine. Throws UsageError if the run is of
 * the other kind.
 */
function configFor(given: RunConfig, isQueued: boolean, isResumed: boolean): RunConfig {
  if (isQueued && !isResumed) return { ...given, rounds: given.rounds ?? roundsSchema.parse({}) };
  if (isQueued === (given.rounds !== undefined)) return given;
  throw new UsageError(
    isQueued
      ? "--queue: the run was begun on one machine and goes on there; begin a new one with its weights (startFrom)"
      : 'the config has "rounds", training over several machines: give --queue and --store, or take "rounds" out',
  );
}

async function openQueued(options: QueuedTrainingOptions, io: Io): Promise<QueuedTraining> {
  const { openQueuedTraining } = await withQueuePackages(() => import("../queued-training.js"));
  return openQueuedTraining(options, io);
}

/** Reports the first problems of the data and writes all of them to the run's folder. */
async function reportProblems(problems: readonly string[], run: RunFolder, io: Io): Promise<void> {
  if (problems.length === 0) return;
  await run.writeFile(LEFT_OUT, new TextEncoder().encode(problems.map((line) => `${line}\n`).join("")));
  for (const problem of problems.slice(0, MAX_LISTED_PROBLEMS)) io.say(`left out: ${problem}`);
  if (problems.length > MAX_LISTED_PROBLEMS)
    io.say(`left out: ${problems.length} in all, listed in ${join(run.path, LEFT_OUT)}`);
}

/** Prints the plan of `--photos` and its estimated time. */
async function sayOwnPhotosPlan(folder: string, config: RunConfig, runtime: Runtime, say: (line: string) => void) {
  const { photos, problems, cost } = await planOwnPhotos(folder, config, runtime);
  const { steps, batchSize, data, startFrom } = config;
  const scenes = data.deconvolved!;
  const out = problems.length > 0 ? `, ${problems.length} left out` : "";
  say(`${folder}: ${photos} photo${photos === 1 ? "" : "s"}${out}`);
  if (photos < ENOUGH_PHOTOS) say(`these are few: with less than ${ENOUGH_PHOTOS} photos a model learns them by heart`);
  say(`first: ${scenes.scenes} blurred scenes of ${scenes.sidePx} px are prepared, unless they are kept already`);
  say(`then: "${startFrom}" is trained for ${steps} steps of ${batchSize} crops of ${data.patchPx} px`);
  say(`about ${duration(cost.hours * 3_600_000)} here and ${gigabytes(cost.memoryBytes)} of memory, estimated`);
}

async function follow(events: AsyncIterable<RoundsEvent>, config: RunConfig, io: Io): Promise<ExitCode> {
  const status = trainingStatus(config.steps);
  let before: Extract<RoundsEvent, { type: "validation" }> | null = null;
  let exit: ExitCode = EXIT.failed;
  for await (const event of events) {
    if (event.type === "step") io.progress(status(event));
    else if (event.type === "refused") io.say(`skipped a damaged checkpoint: ${event.reason}`);
    else if (event.type === "lost") io.say(`step ${event.step}: without share ${event.share + 1}: ${event.reason}`);
    else if (event.type === "started" && event.from) io.say(`resuming from ${event.from}`);
    else if (event.type === "validation") {
      for (const line of validationLines(event.scores, before)) io.say(`step ${event.step}: ${line}`);
      before = event;
    } else if (event.type === "stopped") {
      exit = STOPPED[event.reason].exit;
      const more = event.reason === "finished" ? "" : "; --resume with this run continues it";
      io.say(`${STOPPED[event.reason].words}: step ${event.progress.step} of ${config.steps}${more}`);
    }
  }
  return exit;
}

export const train = defineCommand({
  name: "train",
  summary: "Train a model on your own pictures, or resume a run.",
  examples: [
    "unblur train --photos holiday/sharp",
    "unblur train --config configs/paper/ddpm-64.json --data GoPro --out runs",
    "unblur train --resume runs/00001-ddpm-64 --max-minutes 60",
    "unblur train --config my.json --data /mnt/photos/sharp --out /mnt/photos/runs --queue redis://nas:6379 --store /mnt/photos --workers 4",
    "unblur train --config my.json --dry-run",
  ],
  details: [
    "Ctrl-C saves and exits with code 130; --resume continues exactly as if the run had never stopped.",
    "Closing the terminal does the same, even under nohup (Node ignores it); `setsid unblur train ...` keeps running.",
    "Each run has a numbered folder with config.json (complete), metrics.jsonl, sessions.jsonl, checkpoints/ and samples/.",
  ],
  options: {
    photos: z.string().optional().meta({
      value: "DIR",
      description:
        "Train a model of your own from this folder of sharp photos, with the settings of configs/own/photos.json",
    }),
    config: z
      .string()
      .optional()
      .meta({ value: "FILE", description: "Training config (JSON): model, data and optimisation" }),
    data: z.string().optional().meta({
      value: "DIR",
      description: "Folder that the config's paths are relative to (default with --resume: as before)",
    }),
    prepared: z.string().optional().meta({
      value: "DIR",
      description:
        "Folder of the scenes of data.deconvolved; missing scenes are prepared into it (default: that of the resumed run, or one in the cache)",
    }),
    out: z.string().default("runs").meta({ value: "RUNS", description: "Folder that holds the run folders" }),
    resume: z
      .string()
      .optional()
      .meta({ value: "RUN", description: "Resume this run: its folder, or its name in --out" }),
    maxSteps: z.int().min(1).optional().describe("Stop after N more steps; the run can be resumed"),
    maxMinutes: z.number().positive().optional().describe("Stop after N minutes; the run can be resumed"),
    threads: z
      .int()
      .min(1)
      .optional()
      .describe("CPU threads (default: all); resuming is exact for a fixed number of threads"),
    device: z.enum(DEVICES).default("cpu").describe("Device to compute on"),
    queue: queueOption,
    store: storeOption,
    workers: z
      .int()
      .min(1)
      .max(1024)
      .optional()
      .describe("With --queue: largest number of workers that train at the same time (default: 4)"),
    dryRun: z
      .boolean()
      .default(false)
      .describe("Print the complete config, or what --photos found, with the expected hours and memory, then stop"),
  },
  async run(
    {
      photos,
      config: file,
      data,
      prepared,
      out,
      resume,
      maxSteps,
      maxMinutes,
      threads,
      device,
      queue,
      store,
      workers,
      dryRun,
    },
    io,
    recorded,
  ) {
    if ([photos, file, resume].filter((one) => one !== undefined).length !== 1)
      throw new UsageError(
        "give one of --photos DIR for a model of your own photos, --config FILE for any other new run, and --resume RUN to resume one",
      );
    if (photos !== undefined && data !== undefined)
      throw new UsageError("--photos names the folder to train on; leave out --data");
    const isQueued = queue !== undefined;
    if (isQueued !== (store !== undefined) || (!isQueued && workers !== undefined))
      throw new UsageError("--queue, --store: expected both, or neither and no --workers");
    const opened = resume === undefined ? null : await openRun(resume, out);
    const given = opened
      ? parseRunConfig(await opened.readConfig(), join(opened.path, "config.json"))
      : photos === undefined
        ? await readRunConfig(file!)
        : ownPhotosConfig();
    const config = configFor(given, isQueued, opened !== null);
    if (photos !== undefined) {
      const runtime = createRuntime({ device, threads });
      const folder = await dataFolder(photos, "--photos");
      await sayOwnPhotosPlan(folder, config, runtime, dryRun ? io.print : io.say);
      if (dryRun) return EXIT.done;
    }
    if (dryRun) {
      const cost = await measureCost(config, createRuntime({ device, threads }));
      io.print(JSON.stringify({ parameters: parameterCounts(config), cost, config }, null, 2));
      io.say(`about ${duration(cost.hours * 3_600_000)} here and ${gigabytes(cost.memoryBytes)} of memory, estimated`);
      return EXIT.done;
    }
    await using held = (await opened?.lock()) ?? null;
    const before = opened ? await foldersBefore(opened) : {};
    const folder = await dataFolder(photos ?? data ?? before.data);
    const scenes = prepared ?? before.prepared;
    if (isQueued && config.data.deconvolved && prepared === undefined && opened === null)
      throw new UsageError(
        "--queue: expected --prepared, the folder below the store for the scenes of data.deconvolved",
      );
    await using queued = isQueued
      ? await openQueued(
          {
            ...{ queue, store: store!, data: folder, workers, runs: opened?.path ?? out },
            prepared: config.data.deconvolved ? resolve(scenes!) : null,
          },
          io,
        )
      : null;
    const { path, exit } = await inTrainingSession(
      config,
      {
        ...{ root: folder, prepared: scenes, device, threads, maxSteps, maxMinutes, signal: io.signal },
        ...{ resume: opened !== null, command: recorded(), ...preparationLines(io) },
        lock: async () => held ?? (await createRun(out, config, folder)).lock(),
        async onLocked(run, { plan, problems, device: described }) {
          await reportProblems(problems, run, io);
          const items = plan.sources.reduce((sum, source) => sum + source.items.length, 0);
          io.say(`${run.path}: ${parameterCounts(config).trained} parameters, ${items} items, ${described}`);
        },
        onBadFile: (reason) => io.say(`left out: ${reason}`),
      },
      async (session, openBatches) => {
        const { path } = session.lock.run;
        const reported = (events: AsyncIterable<RoundsEvent>) => follow(events, config, io);
        if (queued) return { path, exit: await queued.train(session, openBatches, reported) };
        await using batches = openBatches();
        return { path, exit: await reported(trainRun({ ...session, batches })) };
      },
    );
    io.print(path);
    return exit;
  },
});

type StepEvent = Extract<TrainEvent, { type: "step" }>;

/** Approximate number of steps that the displayed loss is averaged over, because single steps fluctuate. */
const MEAN_OVER = 100;

/** One-line status with mean loss, speed and time left: a function of each step's event, which keeps the mean. */
function trainingStatus(totalSteps: number): (event: StepEvent) => string {
  let mean: number | null = null;
  let count = 0;
  return ({ step, loss, imagesPerSecond, timeLeftMs }) => {
    count = Math.min(count + 1, MEAN_OVER);
    mean = mean === null ? loss : mean + (loss - mean) / count;
    const rate = imagesPerSecond >= 10 ? imagesPerSecond.toFixed(0) : imagesPerSecond.toPrecision(2);
    return `step ${step} of ${totalSteps}  loss ${mean.toPrecision(4)}  ${rate} images/s  ${duration(timeLeftMs)} left`;
  };
}
