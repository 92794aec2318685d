/** @file Training in a run folder: from a config to events, with the resources of this machine. */
import { join } from "node:path";
import { UnblurError } from "../../../src/base/errors.js";
import type { BatchSource } from "../../../src/data/batch.js";
import { PERCEPTUAL_METRICS } from "../../../src/evaluation/perception.js";
import { encodeWeights, parseWeights, weightsFile } from "../../../src/exchange/model-files.js";
import { createNetwork } from "../../../src/networks/catalog.js";
import { FEATURE_NETWORKS, howToGet } from "../../../src/nn/backbones/catalog.js";
import { checkWeights, countParameters, type Weights } from "../../../src/nn/parameters.js";
import { widenedWeights } from "../../../src/nn/widened-weights.js";
import { openPerception } from "../../../src/perception/perception.js";
import { createBlurrer } from "../../../src/restoration/blurrer.js";
import { trainedKernelNetwork } from "../../../src/restoration/known-kernel-network.js";
import { type ModelConfig, PARTS, type Part } from "../../../src/restoration/model-config.js";
import { createRestorer, type Model } from "../../../src/restoration/restorer.js";
import type { Runtime } from "../../../src/runtime/session.js";
import { type TrainEvent, type TrainOptions, train } from "../../../src/training/loop.js";
import type { Objective } from "../../../src/training/objective.js";
import { type ContentFeatures, contentFeatures, FEATURE_LOSSES } from "../../../src/training/objectives/adversarial.js";
import {
  batchShape,
  comparesFeatures,
  createObjective,
  partOf,
  trainedNetwork,
} from "../../../src/training/objectives/catalog.js";
import { type RoundRunner, type RoundsEvent, trainInRounds } from "../../../src/training/rounds/loop.js";
import type { RoundsConfig } from "../../../src/training/rounds/outer-step.js";
import type { RunConfig } from "../../../src/training/run-config.js";
import {
  blurredRows,
  deconvolvedRows,
  type Rows,
  restoredRows,
  samplePictures,
} from "../../../src/training/sample-pictures.js";
import type { StateValues } from "../../../src/training/state.js";
import { trainedModel, weightsFromState } from "../../../src/training/trained-model.js";
import { type Validation, type ValidationOptions, validationOf } from "../../../src/training/validation.js";
import { openPairs } from "../data/pairs.js";
import type { MotionNetwork } from "../data/scene-motion.js";
import { environment } from "../environment.js";
import { type BuiltOn, builtOn, parametersOf, readBuiltOn } from "../models/built-on.js";
import { loadFeatures } from "../models/feature-networks.js";
import { loadModel } from "../models/load-model.js";
import { installedMeasures } from "./evaluate-model.js";
import { RunFolder, type TrainingLock } from "./run-folder.js";

/** File with the initial weights, if the config names any; copied like the networks that the run builds on. */
const START = "start.safetensors";

/** Loads a run's newest state, or a model by its name or folder; `option` names the requesting option in errors. */
async function named(from: string, option: string): Promise<Model> {
  try {
    return await loadModel(from);
  } catch (cause) {
    const isArgument = cause instanceof UnblurError && cause.code === "argument";
    throw isArgument ? new UnblurError("config", `${option}: ${cause.message}`, { cause }) : cause;
  }
}

/** The weights of one part of a run or of a model; `option` names the requesting option in errors. */
async function weightsOf(part: Part, from: string, option: string): Promise<Weights> {
  const weights = (await named(from, option)).weights[part];
  if (!weights) throw new UnblurError("config", `${option}: "${from}" holds no ${part}`);
  return weights;
}

/** The weights of a part that the objective needs, from the run or model that the config names. */
async function heldFrom(part: "predictor" | "uncertainty", config: RunConfig): Promise<Weights> {
  const from = config[`${part}From`] ?? null;
  if (from === null)
    throw new UnblurError(
      "config",
      `training the ${config.objective.kind} of this model needs a trained ${part}: name its run or model folder under ${part}From`,
    );
  return weightsOf(part, from, `${part}From`);
}

/** The motion network's weights, from a run that trained it or builds on it, or from a model. */
async function motionFrom({ motionFrom: from }: RunConfig): Promise<Weights> {
  const { weights } = await named(from!, "motionFrom");
  const found = weights.motion ?? weights.predictor;
  if (!found) throw new UnblurError("config", `motionFrom: "${from}" holds no motion network`);
  return found;
}

async function readStart(run: RunFolder, { model, objective, startFrom }: RunConfig): Promise<Weights | null> {
  if (startFrom === null) return null;
  const { parameters } = trainedNetwork(model, partOf(objective));
  return parseWeights(parameters, await run.readFile(START), join(run.path, START));
}

/** Weights of the networks whose features the loss compares; null if it compares none. The user has imported them. */
async function readContent({ objective }: RunConfig): Promise<ContentFeatures | null> {
  const loss = comparesFeatures(objective);
  if (loss === null) return null;
  const { network } = FEATURE_LOSSES[loss];
  const weights = await loadFeatures(network);
  if (!weights)
    throw new UnblurError(
      "config",
      `objective.content "${loss}" compares features of ${FEATURE_NETWORKS[network].label}, which come with torchvision; import them first: ${howToGet([network])}; or choose "l1"`,
    );
  return contentFeatures(loss, weights);
}

const motionNetwork = ({ model }: RunConfig, weights: Weights): MotionNetwork => {
  const { network, inputs, yields } = model.motion!;
  const given = model.predictor?.inputs ?? [];
  return {
    ...{ config: network, weights },
    takesDeconvolution: inputs.includes("deconvolution"),
    withDeconvolution: given.includes("deconvolution"),
    residual: given.includes("residual"),
    yields,
  };
};

/** The motion network that the scenes of a run pass through, if its model has one. */
export async function sceneMotion(run: RunFolder, config: RunConfig): Promise<MotionNetwork | undefined> {
  return config.model.motion ? motionNetwork(config, (await readBuiltOn(run, config)).motion!) : undefined;
}

/** The motion network of a config without a run, as `motionFrom` names it. */
export async function configMotion(config: RunConfig): Promise<MotionNetwork | undefined> {
  return config.model.motion ? motionNetwork(config, await motionFrom(config)) : undefined;
}

/**
 * Creates the folder of a new run, ready for training. `data`: the folder that the paths of the config are relative to;
 * with it, the validation's pairs are looked for, too. What is missing is refused before anything is written.
 */
export async function createRun(runs: string, config: RunConfig, data?: string): Promise<RunFolder> {
  await readContent(config);
  if (data !== undefined) await openValidationPairs(config, data);
  const built = new Map<BuiltOn, Uint8Array>();
  for (const part of builtOn(config)) {
    const parameters = parametersOf(config, part);
    const weights = part === "motion" ? await motionFrom(config) : await heldFrom(part, config);
    checkWeights(parameters, weights, `${part}From "${config[`${part}From`]}"`); // checked now, not at the first step
    built.set(part, encodeWeights(parameters, weights, "F32", {}));
  }
  const { model, objective, startFrom } = config;
  const files = new Map([...built].map(([part, bytes]) => [weightsFile(part), bytes]));
  if (startFrom !== null) {
    const { parameters } = trainedNetwork(model, partOf(objective));
    const weights = widenedWeights(parameters, await weightsOf(partOf(objective), startFrom, "startFrom"));
    checkWeights(parameters, weights, `startFrom "${startFrom}"`);
    files.set(START, encodeWeights(parameters, weights, "F32", {}));
  }
  return RunFolder.create(runs, config.name, config, files);
}

/** Number of values of all parts of a model. */
export const modelParameters = (model: ModelConfig): number =>
  PARTS.reduce((sum, part) => {
    const described = model[part];
    return sum + (described ? countParameters(createNetwork(described.network).parameters) : 0);
  }, 0);

/** Number of values that a run trains, and of the whole model. */
export const parameterCounts = ({ model, objective }: RunConfig) => ({
  trained: countParameters(trainedNetwork(model, partOf(objective)).parameters),
  model: modelParameters(model),
});

/** A run's objective, and the weights that it builds on. */
export async function openObjective(
  run: RunFolder,
  config: RunConfig,
): Promise<{ readonly objective: Objective; readonly built: Model["weights"] }> {
  const { model, objective } = config;
  const built = await readBuiltOn(run, config);
  return { objective: createObjective(model, objective, built, batchShape(config), await readContent(config)), built };
}

/** Limits of a session, and facts to record about it. */
export interface TrainingSession {
  /** Lock of the run that is trained. */
  readonly lock: TrainingLock;
  readonly config: RunConfig;
  /** Computes the steps, or only the sample pictures if other machines compute the steps. */
  readonly runtime: Runtime;
  readonly resume: boolean;
  readonly maxSteps?: number;
  readonly maxMinutes?: number;
  readonly signal?: AbortSignal;
  /** Base folder of the config's paths; default: the current one. Used for validation only. */
  readonly data?: string;
  /** Further facts to record beside machine and versions: the command line, the data folder. */
  readonly session: Readonly<Record<string, unknown>>;
}

const VALIDATED = ["psnr-registered", "ssim-registered", ...PERCEPTUAL_METRICS] as const;

/**
 * Lists the pairs that a config's validation compares; null if it has none. Throws `data` if the folder holds no pairs.
 */
async function openValidationPairs({ validation, model }: RunConfig, data: string) {
  if (!validation) return null;
  return openPairs(join(data, validation.path), { pictures: validation.pictures, scale: model.scale });
}

async function openValidation(
  config: RunConfig,
  data: string,
  given: Pick<ValidationOptions, "restorer" | "steps" | "perception">,
): Promise<Validation | null> {
  const opened = await openValidationPairs(config, data);
  if (!opened) return null;
  const { pairs } = opened;
  return validationOf({ ...config.validation!, ...given, metrics: installedMeasures(VALIDATED).usable, pairs });
}

export interface RunTraining extends TrainingSession {
  readonly batches: BatchSource;
}

/** The trained model at work on sample pairs. */
function rowsOf(model: Model, runtime: Runtime, options: { readonly steps: number; readonly seed: number }): Rows {
  const { blur, knownKernel } = model.config;
  if (blur) return blurredRows(createBlurrer(model, runtime), options);
  if (knownKernel) return deconvolvedRows(trainedKernelNetwork(model, runtime));
  return restoredRows(createRestorer(model, runtime), options);
}

/** Opens a run, records the session in its folder, and returns the options of a training loop. */
async function openSession(
  { lock, config, runtime, session, resume, maxSteps, maxMinutes, signal, data = "." }: TrainingSession,
  batches: BatchSource | null,
): Promise<Omit<TrainOptions, "batches" | "runtime">> {
  const { run } = lock;
  const { model, objective: objectiveConfig, optimiser, maxGradNorm, ema, seed, samplesEvery } = config;
  const startWeights = await readStart(run, config);
  const { objective, built } = await openObjective(run, config);
  await run.clearLeftovers();
  await run.appendSession({ ...session, ...environment(runtime.description), resume });
  const trained = (state: StateValues) =>
    trainedModel(config.name, model, objectiveConfig, weightsFromState(state), built);
  const restorer = (state: StateValues) => createRestorer(trained(state), runtime);
  const steps = objectiveConfig.kind === "diffusion" ? (model.sampling?.steps ?? 0) : 0;
  const perception = () => openPerception(runtime, loadFeatures);
  const validation = await openValidation(config, data, { restorer, steps, perception });
  const shown = samplesEvery === null ? undefined : await batches?.batch(0);
  const samples =
    samplesEvery === null || shown === undefined
      ? null
      : samplePictures({
          everySteps: samplesEvery,
          pairs: shown,
          open: (state) => rowsOf(trained(state), runtime, { steps, seed }),
        });
  return {
    objective,
    recipe: { optimiser, maxGradNorm, ema },
    learningRate: config.learningRate,
    store: run,
    seed,
    steps: config.steps,
    checkpointEvery: config.checkpointEvery,
    keep: config.keep,
    resume,
    ...(maxSteps === undefined ? {} : { maxSteps }),
    ...(maxMinutes === undefined ? {} : { maxMinutes }),
    ...(samples ? { samples } : {}),
    ...(validation ? { validation } : {}),
    ...(startWeights ? { startWeights } : {}),
    ...(signal ? { signal } : {}),
  };
}

/** Trains a run and records the session in its folder. Events, errors and endings are those of `train`. */
export async function* trainRun(options: RunTraining): AsyncGenerator<TrainEvent, void, undefined> {
  const { runtime, batches } = options;
  yield* train({ ...(await openSession(options, batches)), runtime, batches });
}

export interface RunInRounds extends TrainingSession {
  readonly rounds: RoundsConfig;
  readonly runner: RoundRunner;
  /** Batches for sample pictures; null for none. */
  readonly batches: BatchSource | null;
}

/**
 * Trains a run in rounds whose shares are computed elsewhere. Events, errors and endings are those of `trainInRounds`.
 */
export async function* trainRunInRounds(options: RunInRounds): AsyncGenerator<RoundsEvent, void, undefined> {
  const { config, batches, rounds, runner } = options;
  yield* trainInRounds({ ...(await openSession(options, batches)), rounds, runner, batchSize: config.batchSize });
}
