/**
 * @file Runs an experiment: trains missing runs, continues interrupted runs and measurements, and writes the report.
 * The output folder holds `runs/` and `results/`, shared by all experiments with the same folder, and the reports.
 */
import { join } from "node:path";
import { UnblurError } from "../../../src/base/errors.js";
import { DECONVOLVERS } from "../../../src/deconvolution/deconvolvers.js";
import { changeModel } from "../../../src/paper/change-model.js";
import { type Estimate, estimate } from "../../../src/paper/estimate.js";
import type { Experiment, ExperimentPlan, PlannedRun, Task, TaskKind } from "../../../src/paper/plan.js";
import { type ModelFacts, Results, type RunFacts, type TaskResult } from "../../../src/paper/results.js";
import type { Scale } from "../../../src/paper/scale.js";
import { reportPage } from "../../../src/reports/page.js";
import type { Model } from "../../../src/restoration/restorer.js";
import type { Runtime } from "../../../src/runtime/session.js";
import type { TrainEvent } from "../../../src/training/loop.js";
import { openBatches } from "../data/batches.js";
import { loadPlan } from "../data/load-plan.js";
import { environment } from "../environment.js";
import { measureSpeed } from "../measure-speed.js";
import { loadModel, loadRunModel } from "../models/load-model.js";
import { writeReport } from "../photos/report.js";
import { checksumsOf, installedMeasures } from "../runs/evaluate-model.js";
import { RunFolder } from "../runs/run-folder.js";
import { createRun, modelParameters, parameterCounts, trainRun } from "../runs/training-run.js";
import { costTask } from "./cost-task.js";
import { type FoundData, findExperimentData } from "./data.js";
import { evaluateTask } from "./evaluate-task.js";
import { packageConfig } from "./package-config.js";
import { ResultFolder } from "./result-folder.js";
import { type ExperimentRun, findRun } from "./runs.js";
import type { TaskContext } from "./task.js";
import { trajectoryTask } from "./trajectory-task.js";

export interface ExperimentOptions {
  readonly experiment: Experiment;
  readonly scale: Scale;
  /** The folder with training and test pictures. */
  readonly data: string;
  readonly out: string;
  readonly runtime: Runtime;
  /** The command line, shown in the report. */
  readonly command: string;
  readonly signal?: AbortSignal;
}

/** The plan and its estimated time; nothing has been computed or written yet. */
export interface PreparedExperiment {
  readonly plan: ExperimentPlan;
  readonly data: FoundData;
  /** Existing runs by the id of the planned run; null if there is none. */
  readonly found: ReadonlyMap<string, ExperimentRun | null>;
  readonly estimate: Estimate;
}

export type ExperimentEvent =
  | { readonly type: "run"; readonly run: PlannedRun; readonly path: string; readonly from: number }
  | { readonly type: "training"; readonly run: PlannedRun; readonly event: Extract<TrainEvent, { type: "step" }> }
  | { readonly type: "task"; readonly task: Task; readonly done: number; readonly total: number }
  | { readonly type: "problem"; readonly message: string }
  | { readonly type: "report"; readonly paths: readonly string[]; readonly lead: string };

const runsFolder = (out: string): string => join(out, "runs");

export async function prepareExperiment(options: ExperimentOptions): Promise<PreparedExperiment> {
  const { experiment, scale, data: root, out, runtime } = options;
  const data = await findExperimentData(root);
  const plan = experiment.plan({
    scale,
    data,
    config: packageConfig,
    perceptual: installedMeasures(["lpips-alex"]).usable,
  });
  const found = new Map<string, ExperimentRun | null>();
  for (const { id, config } of plan.runs) found.set(id, await findRun(runsFolder(out), config));
  const multiplyAddsPerMs = await measureSpeed(runtime);
  return { plan, data, found, estimate: estimate(plan, scale, { multiplyAddsPerMs, testPictures: data.testPairs }) };
}

/**
 * Runs the experiment. Throws `cancelled` when the signal fires; the next call with the same options continues exactly
 * from there.
 */
export async function* runExperiment(
  options: ExperimentOptions,
  { plan, data, found }: PreparedExperiment,
): AsyncGenerator<ExperimentEvent, void, undefined> {
  const facts = new Map<string, RunFacts>();
  /** Models by the id of a run or model: how each is loaded, and a fingerprint of its results. */
  const measured = new Map<string, Measured>();
  for (const run of plan.runs) {
    const path = yield* trainedRun(options, run, found.get(run.id) ?? null);
    const own = await factsOf(run, path);
    facts.set(run.id, own);
    measured.set(run.id, { load: () => loadRunModel(path), checksum: own.weightsChecksum });
  }
  const models = new Map<string, ModelFacts>();
  for (const { id, model } of plan.models ?? []) {
    const loaded = await loadModel(model);
    models.set(id, { parameters: modelParameters(loaded.config) });
    const checksum = { ...checksumsOf(loaded), deconvolver: String(DECONVOLVERS.hypotheses.version) };
    measured.set(id, { load: () => loadModel(model), checksum });
  }
  const results = new Map<string, TaskResult>();
  for (const task of plan.tasks) {
    const one = measured.get(task.run);
    if (one === undefined)
      throw new UnblurError("argument", `task "${task.id}": expected a run or model of the plan, got "${task.run}"`);
    results.set(task.id, yield* performTask(options, data, task, one));
  }
  yield await report(options, plan, new Results(facts, models, results));
}

interface Measured {
  load(): Promise<Model>;
  readonly checksum: Readonly<Record<string, string>>;
}

async function* trainedRun(
  { data: root, out, runtime, command, signal }: ExperimentOptions,
  planned: PlannedRun,
  found: ExperimentRun | null,
): AsyncGenerator<ExperimentEvent, string, undefined> {
  const { config } = planned;
  const run = found ? await RunFolder.open(found.path) : await createRun(runsFolder(out), config);
  yield { type: "run", run: planned, path: run.path, from: found?.step ?? 0 };
  if (found?.finished) return run.path;
  await using lock = await run.lock();
  const { plan, problems } = await loadPlan(config.data, root, config.batchSize);
  for (const message of problems) yield { type: "problem", message };
  const bad: string[] = [];
  await using batches = openBatches({ plan, seed: config.seed, onBadFile: (reason) => bad.push(reason) });
  const session = { command, data: root };
  const settings = {
    lock,
    config,
    runtime,
    batches,
    data: root,
    resume: found !== null,
    session,
    ...(signal ? { signal } : {}),
  };
  for await (const event of trainRun(settings)) {
    for (const message of bad.splice(0)) yield { type: "problem", message };
    if (event.type === "step") yield { type: "training", run: planned, event };
    if (event.type === "refused") yield { type: "problem", message: `skipped a damaged checkpoint: ${event.reason}` };
    if (event.type === "stopped" && event.reason === "cancelled")
      throw new UnblurError(
        "cancelled",
        `experiment: stopped on request at step ${event.progress.step} of ${run.path}, and saved`,
      );
  }
  return run.path;
}

/**
 * The run's facts, read from its folder, so that they are the same for a run found finished and for one just trained.
 */
async function factsOf({ config }: PlannedRun, path: string): Promise<RunFacts> {
  const run = await RunFolder.open(path);
  return {
    config,
    parameters: parameterCounts(config).trained,
    trainingMs: await run.trainingMs(),
    weightsChecksum: checksumsOf(await loadRunModel(path)),
  };
}

async function* performTask(
  { data: root, out, runtime, signal }: ExperimentOptions,
  { test, testFiles }: FoundData,
  task: Task,
  { load, checksum: weightsChecksum }: Measured,
): AsyncGenerator<ExperimentEvent, TaskResult, undefined> {
  const { id: _, ...settings } = task;
  const pictures = task.kind === "cost" ? runtime.description : testFiles;
  const results = await ResultFolder.open(join(out, "results"), { settings, weightsChecksum, pictures });
  const model = changeModel(await load(), "changes" in task ? task.changes : {});
  // Progress is reported inside a call; it is queued here and yielded as events.
  const queue: ExperimentEvent[] = [];
  let wake = () => {};
  const onProgress = (done: number, total: number) => {
    queue.push({ type: "task", task, done, total });
    wake();
  };
  let settled = false;
  const work = perform({ task, model, runtime, testFolder: join(root, test), results, signal, onProgress }).finally(
    () => {
      settled = true;
      wake();
    },
  );
  work.catch(() => {}); // reported by the await below
  while (!settled || queue.length > 0) {
    const next = queue.shift();
    if (next) yield next;
    else
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
  }
  return work;
}

async function report(
  { experiment, scale, out, runtime, command }: ExperimentOptions,
  plan: ExperimentPlan,
  results: Results,
): Promise<ExperimentEvent> {
  const { lead, notes, sections, records } = plan.report(results);
  const { versions, ...machine } = environment(runtime.description);
  const named = Object.fromEntries(Object.entries(versions).map(([name, version]) => [`${name} version`, version]));
  const page = reportPage({
    title: experiment.title,
    ...{ lead, notes, sections },
    provenance: { command, facts: { scale, ...machine, ...named } },
  });
  const numbers = {
    ...{ experiment: experiment.name, scale, command, environment: { ...machine, versions }, lead },
    runs: Object.fromEntries(results.runs),
    models: Object.fromEntries(results.models),
    tasks: plan.tasks,
    records,
  };
  const paths = await writeReport(out, `${experiment.name}-${scale}`, { page, numbers, records });
  return { type: "report", paths, lead };
}

/** Performs tasks of one kind. */
type Perform<K extends TaskKind> = (
  context: TaskContext<Extract<Task, { kind: K }>>,
) => Promise<Extract<TaskResult, { kind: K }>>;

const PERFORM: { readonly [K in TaskKind]: Perform<K> } = {
  evaluation: evaluateTask,
  trajectory: trajectoryTask,
  cost: costTask,
};

const performAs = <K extends TaskKind>(context: TaskContext<Extract<Task, { kind: K }>>) =>
  PERFORM[context.task.kind as K](context);

/**
 * Performs the unfinished parts of a task and returns the whole result. Throws `cancelled`; finished parts are kept.
 */
const perform = (context: TaskContext<Task>): Promise<TaskResult> => performAs(context);
