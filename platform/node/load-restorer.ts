/** @file Models by name or path, opened on this machine to restore. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { argumentError, UnblurError } from "../../src/base/errors.js";
import { BlurThreads } from "../../src/deconvolution/blur-threads.js";
import { MODEL_FILE } from "../../src/restoration/model-files.js";
import { createRestorer, type Model, type ModelRestorerOptions } from "../../src/restoration/model-restorer.js";
import type { Restorer } from "../../src/restoration/restorer.js";
import { createTiledRestorer, GRAPH_FILE, parseGraphFile } from "../../src/restoration/tiled-restorer.js";
import { startBlurThread } from "./blur-thread.js";
import { loadModel } from "./load-model.js";
import { modelFolder } from "./model-folders.js";
import { createRuntime, type NodeRuntime, type RuntimeOptions } from "./runtime.js";

export interface LoadRestorerOptions extends RuntimeOptions, ModelRestorerOptions {}

/** Threads that estimate blur, as many as the runtime has. */
export const blurThreads = ({ threads }: Pick<NodeRuntime, "threads">): BlurThreads =>
  new BlurThreads(threads, startBlurThread);

/** A loaded model for restoring. Release it when done; it holds native memory, and threads. */
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

/** Loads a model and opens it. Release it when done; it holds native memory. */
export async function loadRestorer(model = "default", options: LoadRestorerOptions = {}): Promise<Restorer> {
  return (await openGraphModel(model, options)) ?? openRestorer(await loadModel(model), options);
}

/** A model that is a graph rather than a network of ours; undefined if it is none. */
async function openGraphModel(model: string, options: LoadRestorerOptions): Promise<Restorer | undefined> {
  const folder = modelFolder(model);
  if (!folder) return undefined;
  const path = join(folder, MODEL_FILE);
  const about = parseGraphFile(await readFile(path, "utf8"), path);
  if (!about) return undefined;
  if (options.predictor)
    throw argumentError(
      "loadRestorer",
      "a model with a diffusion, which another predictor can stand in front of; this one is a predictor itself",
      `model "${model}"`,
    );
  const bytes = await readFile(join(folder, GRAPH_FILE)).catch((cause: unknown) => {
    throw new UnblurError(
      "checkpoint",
      `${join(folder, GRAPH_FILE)}: cannot be read (${String(cause)}); import it again`,
    );
  });
  return createTiledRestorer(about, bytes, createRuntime({ arena: false, ...options }));
}
