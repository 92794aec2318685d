/** @file The library in a browser: opens models in workers of their own, and restores with one call. */
import { argumentError, checkChoice, UnblurError } from "../../src/base/errors.js";
import { Turns } from "../../src/base/turns.js";
import type { DeconvolvedPhoto, DeconvolveOptions } from "../../src/library/deconvolve.js";
import { type Backend, type OpenModel, openModelFrom } from "../../src/library/open-model.js";
import { givenRaster } from "../../src/library/pixels.js";
import { pictureFrom, type RestoredPhoto, type Result, type SampledPhoto } from "../../src/library/restored.js";
import {
  type Applicable,
  givenModelName,
  givenOptions,
  type Progress,
  type RestoreOptions,
} from "../../src/library/settings.js";
import { presetSettings } from "../../src/restoration/presets.js";
import type { RestorationSettings } from "../../src/restoration/settings.js";
import type { Deblurrer, GivenPhoto } from "./deblurrer.js";
import { loadSiteIndex } from "./model-source.js";
import { DEVICE_CHOICES, type DeviceChoice } from "./runtime.js";
import { type BrowserPlatform, type Source, savingFor } from "./saving.js";
import { createDeblurrer } from "./worker-client.js";

/** Where the models and the runtime are. */
export interface AssetOptions {
  /**
   * Address of the folder with `index.json`, `models/` and `runtime/`, which `unblur serve --export` writes. By default
   * `/unblur/` on the page's host.
   */
  readonly assets?: string | URL | undefined;
}

/** How a model computes, and where its files are. */
export interface OpenOptions extends AssetOptions {
  /** Device to compute on: "auto" takes WebGPU if there is a GPU, else WebAssembly. */
  readonly device?: DeviceChoice | undefined;
  /**
   * Called while the runtime and the model's files are downloaded, as one download in bytes: the share that is done never
   * falls. Later visits take them from the browser's cache.
   */
  readonly onDownload?: ((progress: Progress) => void) | undefined;
}

/** A model that is open for restoring, in a worker of its own. */
export interface Model extends OpenModel<BrowserPlatform> {}

/** A restored photo. */
export interface Restored extends RestoredPhoto<BrowserPlatform> {}

/** Several restorations of one photo. */
export interface RestoredSamples extends SampledPhoto<BrowserPlatform> {}

/** A deconvolved photo with the estimated kernels. */
export interface Deconvolved extends DeconvolvedPhoto<BrowserPlatform> {}

/** Options of `restore`: those of a model's `restore`, and how to open the model. */
export interface RestoreOnceOptions extends RestoreOptions<Source>, OpenOptions, Pick<RestorationSettings, "preset"> {
  /** Name of a model below `assets`; by default the preset's. */
  readonly model?: string | undefined;
}

/** Options of `deconvolve`. */
export interface BrowserDeconvolveOptions extends DeconvolveOptions, AssetOptions {}

/** A model below `assets`. */
export interface ModelInfo {
  /** Name, as `open` takes it. */
  readonly name: string;
  /** One sentence that says which photos the model restores. */
  readonly summary: string;
  /** Diffusion steps unless told otherwise; 0 for the prediction alone. */
  readonly steps: number;
  /** Bytes to download at the first use. */
  readonly bytes: number;
}

function baseOf(assets: string | URL = "/unblur/"): string {
  if (!URL.canParse(assets, location.href)) throw argumentError("assets", "expected the address of a folder", assets);
  const { href } = new URL(assets, location.href);
  return href.endsWith("/") ? href : `${href}/`;
}

interface Started {
  readonly worker: Worker;
  readonly deblurrer: Deblurrer;
}

function start({ assets, device = "auto" }: Pick<OpenOptions, "assets" | "device">): Started {
  checkChoice("device", DEVICE_CHOICES, device);
  const base = baseOf(assets);
  const worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
  return { worker, deblurrer: createDeblurrer(worker, { base, device }) };
}

const EXPECTED = "a Blob, bytes, ImageData or a raster";

const given = (source: Source): GivenPhoto =>
  source instanceof Blob ? source : source instanceof Uint8Array ? new Blob([source]) : givenRaster(source, EXPECTED);

/** The bytes of the photo's file, which a photo that is already sharp is given back as. */
const bytesOf = async (photo: GivenPhoto): Promise<Uint8Array<ArrayBuffer> | null> =>
  photo instanceof Blob ? new Uint8Array(await photo.arrayBuffer()) : null;

const downloading =
  (onDownload: OpenOptions["onDownload"]) =>
  (done: number, total: number): void =>
    onDownload?.({ done, total, stage: "downloading" });

/** The backend of a worker, whose model is open. With `closed` it is not yet: a photo that is not sharp opens it. */
function backendOf(
  name: string,
  { worker, deblurrer }: Started,
  closed?: Pick<OpenOptions, "onDownload">,
): Backend<BrowserPlatform> {
  const onBytes = downloading(closed?.onDownload);
  const turns = new Turns();
  let released: Promise<void> | null = null;
  return {
    name,
    scale: 1, // models that enlarge are refused here
    async restore(source, settings, { mask, signal, steps, emit }) {
      if (released) throw new UnblurError("argument", `restore: model "${name}" has been released; open it again`);
      const photo = given(source);
      const options = { mask: mask === undefined ? undefined : given(mask), steps, signal };
      const work = () =>
        deblurrer.restorePixels(photo, settings, {
          ...options,
          ...(closed ? { model: name } : {}),
          onEvent: (event) => (event.type === "download" ? onBytes(event.loaded, event.total) : void emit(event)),
        });
      const { rasters, alreadySharp, origin } = await turns.take(work, signal);
      const original = alreadySharp ? await bytesOf(photo) : null;
      return { rasters, alreadySharp, warnings: origin.warnings, saving: savingFor(origin, original) };
    },
    release() {
      released ??= turns.take(async () => worker.terminate());
      return released;
    },
  };
}

/**
 * Opens a model in a worker: a name below `assets`, or a file that the user chose (an ONNX file of `unblur export`, or a
 * model's folder as a ZIP).
 *
 * @example
 * ```ts
 * await using model = await open("default");
 * const restored = await model.restore(file, { strength: 0.8 });
 * image.src = URL.createObjectURL(await restored.toBlob());
 * ```
 */
export async function open(model: string | File = "default", options?: OpenOptions): Promise<Model> {
  const { onDownload, ...where } = givenOptions("open", options);
  if (!(model instanceof File)) givenModelName(model, "a File: an ONNX file, or the ZIP of a model's folder");
  const started = start(where);
  try {
    const { name } = await started.deblurrer.openModel(model, downloading(onDownload));
    return openModelFrom(backendOf(name, started));
  } catch (error) {
    started.worker.terminate();
    throw error;
  }
}

/**
 * Restores one photo: opens the model, restores, and releases the model. A photo that is already sharp does not open it,
 * so neither the model nor the runtime is downloaded. Open a model with `open` for several photos.
 *
 * @example
 * ```ts
 * const blob = await (await restore(file)).toBlob("jpeg");
 * ```
 */
export async function restore<const Given extends RestoreOnceOptions>(
  photo: Source,
  options?: Applicable<Given, RestoreOnceOptions>,
): Promise<Result<BrowserPlatform, Given>> {
  const { model, preset, assets, device, onDownload, ...rest } = givenOptions<RestoreOnceOptions>("restore", options);
  rest.signal?.throwIfAborted();
  const texture = rest.texture ?? presetSettings({ ...rest, preset }).realism;
  const name = givenModelName(model ?? presetSettings({ preset }).model ?? "default", "none");
  await using once = openModelFrom(backendOf(name, start({ assets, device }), { onDownload }));
  return (await once.restore(photo, { ...rest, texture })) as Result<BrowserPlatform, Given>;
}

/** The models below `assets`. */
export async function models(options?: AssetOptions): Promise<readonly ModelInfo[]> {
  const { assets } = givenOptions("models", options);
  const { models: listed } = await loadSiteIndex(baseOf(assets));
  return listed.map(({ name, summary, steps, files }) => ({
    ...{ name, summary, steps },
    bytes: files.reduce((sum, { bytes }) => sum + bytes, 0),
  }));
}

/**
 * Estimates the blur of a photo at several places and undoes it, without a model. Right for shake of the whole camera;
 * where things moved by themselves it draws false edges.
 */
export async function deconvolve(photo: Source, options?: BrowserDeconvolveOptions): Promise<Deconvolved> {
  const { assets, signal, onProgress, method, cellPx } = givenOptions("deconvolve", options);
  signal?.throwIfAborted();
  const { worker, deblurrer } = start({ assets });
  try {
    const asked = { method, cellPx, signal, onEvent: onProgress };
    const { raster, places, origin } = await deblurrer.deconvolvePixels(given(photo), asked);
    return { ...pictureFrom(raster, savingFor(origin, null)), places };
  } finally {
    worker.terminate();
  }
}
