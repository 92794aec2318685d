/** @file Opens a model by name or from a user's file, with its description for the page. */
import { UnblurError } from "../../src/base/errors.js";
import { openFourier } from "../../src/deconvolution/fourier.js";
import { createExportedRestorer } from "../../src/exchange/onnx/exported-restorer.js";
import { createRestorer, type Restorer, type RestorerOptions } from "../../src/restoration/restorer.js";
import type { Runtime } from "../../src/runtime/session.js";
import type { OnBytes } from "./cached-bytes.js";
import type { OpenedModel } from "./deblurrer.js";
import { listedModel, loadSiteModel, readZippedModel, type SiteIndex } from "./model-source.js";

export interface Opened {
  readonly restorer: Restorer;
  readonly about: Omit<OpenedModel, "device">;
}

export interface OpenModelContext {
  readonly base: string;
  readonly index: SiteIndex;
  readonly runtime: Runtime;
  readonly deconvolverOf: RestorerOptions["deconvolverOf"];
}

/**
 * Opens a model. Release the restorer when done. Throws `checkpoint` and `config` for files that are no model that runs
 * here.
 */
export async function openModelOf(
  source: string | File,
  { base, index, runtime, deconvolverOf }: OpenModelContext,
  onBytes?: OnBytes,
): Promise<Opened> {
  await openFourier(); // loaded now, because restoring must make no request
  if (typeof source === "string") {
    const model = await loadSiteModel(base, index, source, onBytes);
    return opened(createRestorer(model, runtime, { deconvolverOf }), listedModel(index, source).summary);
  }
  if (source.name.toLowerCase().endsWith(".zip")) {
    const { model, summary } = await readZippedModel(source);
    return opened(createRestorer(model, runtime, { deconvolverOf }), summary);
  }
  if (source.name.toLowerCase().endsWith(".onnx")) {
    const restorer = createExportedRestorer(new Uint8Array(await source.arrayBuffer()), source.name, runtime);
    return opened(restorer, `the predictor in ${source.name}`);
  }
  throw new UnblurError(
    "checkpoint",
    `${source.name}: expected an .onnx file of unblur export, or a model's folder (model.json with its .safetensors) as a .zip`,
  );
}

/** Throws `checkpoint` for a model whose results are larger than the photo, which the page shows side by side. */
function opened(restorer: Restorer, title: string): Opened {
  if (restorer.scale > 1)
    throw new UnblurError(
      "checkpoint",
      `${restorer.name}: it enlarges by ${restorer.scale}, and the page restores at the photo's size; use the command line: unblur photo.jpg --scale ${restorer.scale}`,
    );
  const { name, steps, diffusionSteps, diffuses } = restorer;
  return { restorer, about: { name, title, steps, diffusionSteps, canDiffuse: diffuses } };
}
