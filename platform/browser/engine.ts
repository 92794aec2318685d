/** @file The `Deblurrer` that computes in the thread of its caller; runs in a worker. */
import { argumentError, throwIfCancelled, UnblurError } from "../../src/base/errors.js";
import { cropRaster, type Rect } from "../../src/images/crop.js";
import { HEIC_TYPE } from "../../src/images/file-kind.js";
import type { HeifLibrary } from "../../src/images/heic.js";
import type { Raster } from "../../src/images/image.js";
import type { Photo } from "../../src/images/photo.js";
import { planesFromRaster } from "../../src/images/pixels.js";
import { reblur } from "../../src/insight/reblur.js";
import { openedByRun, type RunsAt } from "../../src/library/restore-raster.js";
import { describeReblur } from "../../src/reports/describe-reblur.js";
import { kernelPicture } from "../../src/reports/kernel-picture.js";
import { resultOf } from "../../src/restoration/event-stream.js";
import { maskFromRaster } from "../../src/restoration/mask.js";
import { runPhoto } from "../../src/restoration/restore-photo.js";
import type { Restorer, Restoring } from "../../src/restoration/restorer.js";
import { type SampleSummary, summariseSamples, uncertaintyPicture } from "../../src/restoration/sample-summary.js";
import { isLeft } from "../../src/restoration/sharpness.js";
import { TimeLeft, type WorkProfile } from "../../src/restoration/time-left.js";
import { risingBytes } from "./cached-bytes.js";
import type { DeblurResult, Deblurrer, DeblurSettings, GivenPhoto } from "./deblurrer.js";
import { heatMap } from "./heat-map.js";
import { aroundRegion, pasted, surroundings } from "./masked-part.js";
import { bytesOf, listedModel, loadSiteIndex, type SiteIndex } from "./model-source.js";
import { openModelOf } from "./open-model.js";
import { PhotoBlurs } from "./photo-blurs.js";
import { type PhotoFile, readPhoto } from "./photo-file.js";
import { bitmapOf, encodePicture, isWritten, WRITTEN } from "./pictures.js";
import { deconvolvedPixels, readGiven, restoredPixels } from "./restored-pixels.js";
import type { DeviceChoice } from "./runtime.js";
import { StepRecorder } from "./step-pictures.js";
import { createWorkerRuntime, type WorkerRuntime } from "./worker-runtime.js";

export interface EngineOptions {
  /** Address of the folder with `index.json`, `runtime/` and `models/`, ending in a slash. */
  readonly base: string;
  readonly device: DeviceChoice;
}

interface Restored {
  readonly photo: PhotoFile;
  readonly rasters: readonly Raster[];
  readonly summary: SampleSummary | null;
  /** true: the result is the photo itself and need not be encoded again. */
  readonly untouched: boolean;
}

/** Limit of the check's cells, each of which takes a kernel fit, so that the check takes seconds. */
const MAX_CHECKED_CELLS = 60;
const MIN_CELL_PX = 96;

export function createEngine({ base, device }: EngineOptions): Deblurrer {
  const photos = new Map<string, PhotoFile>();
  const results = new Map<string, Restored>();
  /** Time profiles of earlier restorations, by model and steps. */
  const profiles = new Map<string, WorkProfile>();
  const blurs = new PhotoBlurs();
  let names = 0;
  let site: SiteIndex | null = null;
  let runtime: WorkerRuntime | null = null;
  let restorer: Restorer | null = null;
  const named = <T>(map: Map<string, T>, value: T): string => {
    const id = `${++names}`;
    map.set(id, value);
    return id;
  };
  const index = async (): Promise<SiteIndex> => {
    site ??= await loadSiteIndex(base);
    return site;
  };

  const stop = () => runtime?.stop();

  const loadHeif = async (): Promise<HeifLibrary> => {
    const address = `${base}${(await index()).heifDecoder}`;
    const { default: open } = (await import(/* @vite-ignore */ address)) as { default: () => HeifLibrary };
    return open();
  };

  const openModel: Deblurrer["openModel"] = async (source, onProgress) => {
    const { runtime: files } = await index();
    // Looked up before the runtime is downloaded; both are one download.
    const modelBytes = typeof source === "string" ? bytesOf(listedModel(await index(), source)) : 0;
    const onBytes = risingBytes(onProgress);
    let before = 0;
    const from = { folder: `${base}${files.folder}`, bytes: files.bytes };
    runtime ??= await createWorkerRuntime(device, from, (loaded, total) => {
      before = total;
      onBytes(loaded, total + modelBytes);
    });
    const { deconvolverOf } = blurs;
    const context = { base, index: await index(), runtime, deconvolverOf };
    const opened = await openModelOf(source, context, (loaded, total) => onBytes(before + loaded, before + total));
    const previous = restorer;
    restorer = opened.restorer;
    await previous?.release();
    const { description } = runtime;
    return { ...opened.about, device: description };
  };

  return {
    openModel,

    async listModels() {
      return (await index()).models.map((model) => {
        const { name, summary, steps, diffusionSteps, canDiffuse } = model;
        return { name, summary, steps, diffusionSteps, canDiffuse, bytes: bytesOf(model) };
      });
    },

    async openPhoto(file, name) {
      const photo = await readPhoto(file, name, loadHeif);
      const { width, height, channels } = photo.raster;
      const picture = await bitmapOf(photo.raster, photo.colorSpace);
      const id = named(photos, photo);
      return {
        photo: { id, name, width, height, alpha: channels % 2 === 0, type: photo.type, warnings: photo.warnings },
        picture,
      };
    },

    async deblur(photoId, settings, { signal, onProgress } = {}) {
      const photo = photos.get(photoId);
      if (!photo) throw argumentError("deblur", "expected the id of an open photo", photoId);
      if (!restorer) throw new UnblurError("argument", "deblur: no model is open; open one first");
      const open = restorer;
      const startedAt = performance.now();
      const kind = `${open.name}, ${settings.steps} steps, ${settings.samples ?? 1} samples`;
      const left = new TimeLeft(startedAt, profiles.get(kind));
      const { region, mask: _, keepSteps: __, check: ___, ...restoration } = settings;
      const { blurry, mask, paste, part } = partOf(photo.raster, settings);
      const computes = { photo: photo.raster, part, whole: region !== undefined || blurry === photo.raster };
      const recorder = settings.keepSteps ? new StepRecorder(planesFromRaster(blurry)) : null;
      const sharpAlready = isLeft(() => planesFromRaster(blurry), {
        ...{ scale: open.scale, askedScale: settings.scale, mask },
        restoreSharp: settings.restoreSharp || region !== undefined,
      });
      const restored = () => {
        const input: Photo = { raster: blurry, format: "png", metadata: {} };
        const work = (restoring: Restoring) =>
          resultOf(runPhoto(restoring, input, restoration, { mask: mask && maskFromRaster(mask), signal }), (event) => {
            if (event.type === "step") return recorder?.observe(event.step);
            onProgress?.({ ...event.progress, secondsLeft: left.after(event.progress, performance.now()) });
          });
        return open.inTurn((restoring) => blurs.during(computes, () => work(restoring)), signal);
      };
      const computed = sharpAlready ? [blurry] : (await stoppable(stop, signal, restored)).map(({ raster }) => raster);
      throwIfCancelled(signal);
      const rasters = computed.map(paste);
      if (!sharpAlready && !settings.region) profiles.set(kind, left.finished(performance.now()));
      const summary = rasters.length > 1 ? summariseSamples(rasters) : null;
      const { colorSpace } = photo;
      const { width, height } = rasters[0]!;
      const steps = (recorder?.steps ?? []).map(async ({ noisy, estimate, change, label }) => ({
        noisy: await bitmapOf(noisy),
        estimate: await bitmapOf(estimate, colorSpace),
        change: change && (await bitmapOf(change)),
        label,
      }));
      const made = {
        ...{ width, height, sharpAlready },
        samples: await Promise.all(rasters.map((raster) => bitmapOf(raster, colorSpace))),
        summary: summary && {
          mean: await bitmapOf(summary.mean, colorSpace),
          uncertainty: await bitmapOf(heatMap(uncertaintyPicture(summary.deviation, width, height))),
          medoid: summary.medoid,
          mostDifferent: summary.furthest,
        },
        steps: await Promise.all(steps),
        check: settings.check && !sharpAlready ? await checkOf(blurry, computed[0]!) : null,
        seconds: (performance.now() - startedAt) / 1000,
      };
      throwIfCancelled(signal);
      // Named last: a failed or cancelled result would have no id and could never be released.
      return { id: named(results, { photo, rasters, summary, untouched: sharpAlready }), ...made };
    },

    async reopen(photoId, file) {
      const photo = photos.get(photoId);
      if (!photo) throw argumentError("reopen", "expected the id of an open photo", photoId);
      const { raster } = await readPhoto(file, file.name, loadHeif);
      const { width, height } = photo.raster;
      if (raster.width !== width || raster.height !== height)
        throw argumentError("reopen", `a result of ${width} x ${height} pixels`, `${raster.width} x ${raster.height}`);
      return {
        id: named(results, { photo, rasters: [raster], summary: null, untouched: false }),
        ...{ width, height, summary: null, steps: [], check: null, sharpAlready: false, seconds: 0 },
        samples: [await bitmapOf(raster, photo.colorSpace)],
      };
    },

    async download(resultId, { what, type, strength = 1 }) {
      const result = results.get(resultId);
      const raster = what === "mean" ? result?.summary?.mean : result?.rasters[what];
      if (!result || !raster) throw argumentError("download", "the id of an existing result", `${resultId}, ${what}`);
      const { photo, untouched } = result;
      // A format that no canvas writes becomes PNG, which is lossless; HEIC becomes JPEG, as on the command line.
      const written =
        type ?? (isWritten(photo.type) ? photo.type : photo.type === HEIC_TYPE ? "image/jpeg" : "image/png");
      const name = photo.name.replace(/\.[^.]*$/, "");
      if (untouched && written === photo.type) return new File([photo.file], photo.name, { type: photo.type });
      const blob = await encodePicture(blended(raster, photo.raster, strength), photo, written);
      return new File([blob], `${name}.unblurred.${WRITTEN[written].ending}`, { type: written });
    },

    release(id) {
      photos.delete(id);
      results.delete(id);
    },

    async restorePixels(photo, settings, { model, ...options } = {}) {
      const read = (given: GivenPhoto) => readGiven(given, loadHeif);
      const restored = (restoring: RunsAt) => restoredPixels(photo, settings, options, { restoring, read, blurs });
      if (model === undefined) {
        if (!restorer) throw new UnblurError("argument", "restore: no model is open; open one first");
        const open = restorer;
        return stoppable(stop, options.signal, () => open.inTurn(restored));
      }
      listedModel(await index(), model); // an unknown one is refused for a sharp photo, too
      const opened = async () => {
        await openModel(model, (loaded, total) => options.onEvent?.({ type: "download", loaded, total }));
        return restorer!;
      };
      // Models that enlarge are refused when they are opened, so every other one restores at the photo's size.
      return stoppable(stop, options.signal, () => restored(openedByRun(1, opened)));
    },

    deconvolvePixels: async (photo, options) => deconvolvedPixels(await readGiven(photo, loadHeif), options),
  };
}

/** photo + strength * (restored - photo). Both may differ in alpha, which is the restoration's. */
function blended(restored: Raster, photo: Raster, strength: number): Raster {
  if (strength >= 1 || restored.channels !== photo.channels) return restored;
  const data = restored.data.slice();
  for (let i = 0; i < data.length; i++) data[i] = Math.round(photo.data[i]! + strength * (data[i]! - photo.data[i]!));
  return { ...restored, data };
}

/**
 * Time for the current window to finish before its session is ended: previews are often cancelled and restarted soon
 * after.
 */
const GRACE_MS = 600;

/** The restorer checks the signal between windows only. After the grace time the computation itself is ended. */
async function stoppable<T>(stop: () => void, signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const abort = () => {
    timer = setTimeout(stop, GRACE_MS);
  };
  if (signal?.aborted)
    abort(); // already aborted, so no event will follow
  else signal?.addEventListener("abort", abort, { once: true });
  try {
    return await work();
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", abort);
  }
}

interface Part {
  /** Position and size of the restored part. */
  readonly part: Rect;
  readonly blurry: Raster;
  readonly mask?: Raster;
  /** The result as it is returned, of the restored part. */
  paste(restored: Raster): Raster;
}

/** The part of the photo that is computed: what lies around the region or the mask; with the mask's part. */
function partOf(raster: Raster, { region, mask }: DeblurSettings): Part {
  const { width, height } = raster;
  const grey: Raster | null = mask ? { width, height, channels: 1, data: mask } : null;
  const part = region ? aroundRegion(region, raster) : mask && surroundings(mask, { width, height });
  if (!part)
    return {
      part: { left: 0, top: 0, width, height },
      ...{ blurry: raster, ...(grey ? { mask: grey } : {}), paste: (restored: Raster) => restored },
    };
  return {
    part,
    blurry: cropRaster(raster, part),
    ...(grey ? { mask: cropRaster(grey, part) } : {}),
    paste(restored) {
      if (!region) return pasted(raster, restored, part);
      const { x, y, width: wide, height: high } = region;
      return cropRaster(restored, { left: x - part.left, top: y - part.top, width: wide, height: high });
    },
  };
}

async function checkOf(blurry: Raster, restored: Raster): Promise<DeblurResult["check"]> {
  const photo = planesFromRaster(blurry);
  const cellPx = Math.max(MIN_CELL_PX, Math.sqrt((blurry.width * blurry.height) / MAX_CHECKED_CELLS));
  const result = reblur(photo, planesFromRaster(restored), { cellPx });
  return { explained: describeReblur(result), kernels: await bitmapOf(kernelPicture(photo, result)) };
}
