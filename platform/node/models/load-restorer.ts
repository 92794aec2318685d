/** @file Opens models by name or path for restoring on this machine. */
import { BlurThreads } from "../../../src/deconvolution/blur-threads.js";
import { createRestorer, type Model, type Restorer, type RestorerOptions } from "../../../src/restoration/restorer.js";
import { thenEnlarged } from "../../../src/restoration/then-enlarged.js";
import { startBlurThread } from "../threads/blur-thread.js";
import { createRuntime, type NodeRuntime, type RuntimeOptions } from "../threads/runtime.js";
import { loadModel } from "./load-model.js";
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

/**
 * Loads a model, or the two of a pair such as "default+esrgan-slim-x2", and opens it. Release it when done: it holds
 * native memory and threads.
 */
export async function loadRestorer(model = "default", options: LoadRestorerOptions = {}): Promise<Restorer> {
  const pair = modelPair(model);
  if (!pair) return openRestorer(await loadModel(model), options);
  const { predictor: _, ...without } = options;
  const [first, enlarger] = [
    openRestorer(await loadModel(pair[0]), options),
    openRestorer(await loadModel(pair[1]), without),
  ];
  try {
    return thenEnlarged(first, enlarger);
  } catch (error) {
    await Promise.all([first.release(), enlarger.release()]);
    throw error;
  }
}
