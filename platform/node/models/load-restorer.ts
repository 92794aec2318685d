/** @file Opens models by name or path for restoring on this machine. */
import { BlurThreads } from "../../../src/deconvolution/blur-threads.js";
import type { DescribedModel } from "../../../src/exchange/model-files.js";
import { offerOf } from "../../../src/restoration/plan.js";
import { createRestorer, type Model, type Restorer, type RestorerOptions } from "../../../src/restoration/restorer.js";
import { thenEnlarged } from "../../../src/restoration/then-enlarged.js";
import { startBlurThread } from "../threads/blur-thread.js";
import { createRuntime, type NodeRuntime, type RuntimeOptions } from "../threads/runtime.js";
import { findModel } from "./load-model.js";
import { modelPair } from "./model-folders.js";

export interface LoadRestorerOptions extends RuntimeOptions, RestorerOptions {}

/** Threads for blur estimation, as many as the runtime has. */
export const blurThreads = ({ threads }: Pick<NodeRuntime, "threads">): BlurThreads =>
  new BlurThreads(threads, startBlurThread);

/** Opens a loaded model for restoring. Release it when done: it holds native memory and threads. */
export function openRestorer(
  model: Model,
  options: LoadRestorerOptions = {},
  runtime = createRuntime({ arena: false, ...options }),
): Restorer {
  const estimator = blurThreads(runtime);
  const restorer = createRestorer(model, runtime, { estimator, ...options });
  return {
    ...restorer,
    async release() {
      await restorer.release();
      estimator.release();
    },
  };
}

/** A model, or the two of a pair such as "default+esrgan-slim-x2", found but not opened: no weights have been read. */
export interface FoundRestorer extends Pick<Restorer, "name" | "scale"> {
  /** Release the restorer when done: it holds native memory and threads. */
  open(options?: LoadRestorerOptions): Promise<Restorer>;
}

/** Finds a model or a pair, and reads their descriptions. */
export async function findRestorer(model: string): Promise<FoundRestorer> {
  const pair = modelPair(model);
  if (!pair) return foundRestorer(await findModel(model));
  const [first, enlarger] = [foundRestorer(await findModel(pair[0])), foundRestorer(await findModel(pair[1]))];
  return {
    ...{ name: `${first.name}+${enlarger.name}`, scale: enlarger.scale },
    open: (options) => openPair(first, enlarger, options),
  };
}

/** Opens both models of a pair; releases what has been opened if the rest fails. */
export async function openPair(
  first: FoundRestorer,
  enlarger: FoundRestorer,
  options: LoadRestorerOptions = {},
): Promise<Restorer> {
  const { predictor: _, ...without } = options;
  const opened: Restorer[] = [];
  try {
    opened.push(await first.open(options));
    opened.push(await enlarger.open(without));
    return thenEnlarged(opened[0]!, opened[1]!);
  } catch (error) {
    await Promise.all(opened.map((one) => one.release()));
    throw error;
  }
}

const foundRestorer = ({ name, config, load }: DescribedModel): FoundRestorer => ({
  ...{ name, scale: offerOf(config).scale },
  open: async (options) => openRestorer(await load(), options),
});

/**
 * Opens what was found behind `predictor`, which it owns: releasing it releases both, and so does a failure. Without one
 * the model predicts itself.
 */
export async function openBehind(
  predictor: Restorer | undefined,
  { open }: FoundRestorer,
  options: Omit<LoadRestorerOptions, "predictor"> = {},
): Promise<Restorer> {
  if (!predictor) return open(options);
  try {
    const restorer = await open({ ...options, predictor });
    return { ...restorer, release: () => restorer.release().then(() => predictor.release()) };
  } catch (error) {
    await predictor.release();
    throw error;
  }
}

/** Finds a model or a pair and opens it. Release it when done: it holds native memory and threads. */
export const loadRestorer = async (model = "default", options: LoadRestorerOptions = {}): Promise<Restorer> =>
  (await findRestorer(model)).open(options);
