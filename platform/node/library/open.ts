/** @file Opens models for the library, and restores with one call. */
import { type Backend, type OpenModel, openModelFrom, type Step } from "../../../src/library/open-model.js";
import { openedByRun, type RunsAt, restoreOrKeep } from "../../../src/library/restore-raster.js";
import type { RestoredPhoto, Result, SampledPhoto } from "../../../src/library/restored.js";
import { type Applicable, givenOptions, type RestoreOptions } from "../../../src/library/settings.js";
import { presetSettings } from "../../../src/restoration/presets.js";
import type { PhotoStep } from "../../../src/restoration/restore-photo.js";
import type { Restorer } from "../../../src/restoration/restorer.js";
import type { RestorationSettings } from "../../../src/restoration/settings.js";
import { chosenModel } from "../models/choose-model.js";
import { findRestorer, openBehind } from "../models/load-restorer.js";
import { checkRuntimeOptions, type Device } from "../threads/runtime.js";
import type { NodePlatform } from "./saving.js";
import { savingFor } from "./saving.js";
import { readSource, type Source } from "./source.js";

/** How a model computes. */
export interface OpenOptions {
  /** Device to compute on ("cpu"). */
  readonly device?: Device | undefined;
  /** Threads of the CPU; by default as many as there are usable processors. */
  readonly threads?: number | undefined;
  /** Model that predicts in place of this one's predictor, in front of its diffusion. */
  readonly predictor?: string | undefined;
  /** About how many pixels are computed at once (1 megapixel). Memory grows with it. */
  readonly maxPixels?: number | undefined;
}

/** A model that is open for restoring. */
export interface Model extends OpenModel<NodePlatform> {}

/** A restored photo. */
export interface Restored extends RestoredPhoto<NodePlatform> {}

/** Several restorations of one photo. */
export interface RestoredSamples extends SampledPhoto<NodePlatform> {}

/** Options of `restore`: those of a model's `restore`, and how to open the model. */
export interface RestoreOnceOptions extends RestoreOptions<Source>, OpenOptions, Pick<RestorationSettings, "preset"> {
  /** Name of a packaged or installed model, or path of a model or run folder; by default the preset's. */
  readonly model?: string | undefined;
}

/**
 * Opens a model: the name of a packaged or installed one, or the path of a model or run folder. Throws `argument` for an
 * unknown one and `checkpoint` for a damaged one.
 *
 * @example
 * ```ts
 * await using model = await open("default", { threads: 4 });
 * const restored = await model.restore("street.jpg", { strength: 0.8 });
 * await restored.toFile("street.sharp.jpg");
 * ```
 */
export async function open(model = "default", options?: OpenOptions): Promise<Model> {
  return openModelFrom(backendOf(await (await closedModel(model, givenOptions("open", options))).open()));
}

/** A model that has been found but not opened: neither it nor its predictor has read its weights. */
interface ClosedModel extends Pick<Restorer, "name" | "scale"> {
  /** A restorer with the predictor that the options name; releasing it releases both. */
  open(): Promise<Restorer>;
}

async function closedModel(model: string, { predictor, ...options }: OpenOptions): Promise<ClosedModel> {
  const found = await findRestorer(model);
  const other = predictor === undefined ? undefined : await findRestorer(predictor);
  checkRuntimeOptions(options);
  const { name, scale } = found;
  return { name, scale, open: async () => openBehind(await other?.open(options), found, options) };
}

/**
 * Restores one photo: opens the model, restores, and releases the model. A photo that is already sharp does not open it.
 * Open a model with `open` for several photos.
 * `scale` chooses an installed model that enlarges so, unless `model` names one.
 *
 * @example
 * ```ts
 * await (await restore("street.jpg")).toFile("street.sharp.jpg");
 * ```
 */
export async function restore<const Given extends RestoreOnceOptions>(
  photo: Source,
  options?: Applicable<Given, RestoreOnceOptions>,
): Promise<Result<NodePlatform, Given>> {
  const { model, preset, device, threads, predictor, maxPixels, ...rest } = givenOptions<RestoreOnceOptions>(
    "restore",
    options,
  );
  rest.signal?.throwIfAborted();
  const name = await chosenModel({ model, preset, scale: rest.scale });
  const texture = rest.texture ?? presetSettings({ ...rest, preset }).realism;
  const closed = await closedModel(name, { device, threads, predictor, maxPixels });
  await using once = openModelFrom(backendOf(openedByWork(closed)));
  return (await once.restore(photo, { ...rest, texture })) as Result<NodePlatform, Given>;
}

/** The part of a restorer that a backend uses. */
interface RestorerInTurn extends Pick<Restorer, "name" | "scale" | "release"> {
  inTurn<T>(work: (open: RunsAt) => Promise<T>, signal?: AbortSignal): Promise<T>;
}

/** A restorer of one photo, which opens the model when the restoration runs. */
function openedByWork({ name, scale, open }: ClosedModel): RestorerInTurn {
  let opened: Restorer | undefined;
  return {
    name,
    scale,
    inTurn: (work) =>
      work(
        openedByRun(scale, async () => {
          opened = await open();
          return opened;
        }),
      ),
    release: async () => opened?.release(),
  };
}

function backendOf(restorer: RestorerInTurn): Backend<NodePlatform> {
  return {
    name: restorer.name,
    scale: restorer.scale,
    release: () => restorer.release(),
    restore: (source, settings, { mask, signal, emit }) =>
      restorer.inTurn(async (restoring) => {
        const read = await readSource(source, signal);
        const { photos, alreadySharp } = await restoreOrKeep(restoring, read.photo, settings, {
          signal,
          mask: mask === undefined ? undefined : (await readSource(mask, signal)).photo.raster,
          onEvent: (event) => emit(event.type === "progress" ? event : { type: "step", step: stepOf(event.step) }),
        });
        return {
          ...{ rasters: photos.map(({ raster }) => raster), alreadySharp, warnings: read.photo.warnings ?? [] },
          // The metadata are those of the result: sizes among them are new where the model enlarges.
          saving: savingFor({ photo: photos[0]!, bytes: alreadySharp ? read.bytes : null }),
        };
      }, signal),
  };
}

/** The picture is computed where it is read, which is before the next step. */
const stepOf = (step: PhotoStep): Step => ({
  ...{ index: step.index, total: step.total, sample: step.sample },
  get picture() {
    return step.picture;
  },
});
