/** @file Explains one restoration: writes a folder with a page, its numbers and a strip of its steps. */
import { basename } from "node:path";
import { argumentError, throwIfCancelled, UnblurError } from "../../../src/base/errors.js";
import { levelInput, networkInput } from "../../../src/diffusion/network-input.js";
import { createProcess } from "../../../src/diffusion/process.js";
import { levelsFromPlanes } from "../../../src/evaluation/metrics/levels.js";
import { psnr } from "../../../src/evaluation/metrics/psnr.js";
import { cropRaster, type Rect } from "../../../src/images/crop.js";
import type { Planes, Raster } from "../../../src/images/image.js";
import type { Photo } from "../../../src/images/photo.js";
import { planesFromRaster } from "../../../src/images/pixels.js";
import { preview, previewFactor } from "../../../src/images/preview.js";
import { BANDS, powerSpectrum, radialAverage } from "../../../src/insight/spectrum.js";
import { type Trajectory, TrajectoryRecorder } from "../../../src/insight/trajectory.js";
import {
  type ExplainedPicture,
  type ExplainedStep,
  type Explanation,
  explainPage,
} from "../../../src/reports/explain-page.js";
import type { Provenance } from "../../../src/reports/page.js";
import { stripOf } from "../../../src/reports/strip.js";
import { resultOf } from "../../../src/restoration/event-stream.js";
import { maskFromRaster } from "../../../src/restoration/mask.js";
import { finishedRaster, runPhoto } from "../../../src/restoration/restore-photo.js";
import type { RestorationStep, RestoreProgress } from "../../../src/restoration/restorer.js";
import type { RestorationSettings } from "../../../src/restoration/settings.js";
import { checkFolder } from "../files/check-folder.js";
import { loadModel } from "../models/load-model.js";
import { openRestorer } from "../models/load-restorer.js";
import { encodeImage, readImage } from "../photos/image-file.js";
import { embedPicture, writeReport } from "../photos/report.js";
import type { NodeRuntime } from "../threads/runtime.js";
import { attentionViews } from "./explain-attention.js";

export interface ExplainOptions {
  readonly model: string;
  /** Settings of the restoration, of which one sample is drawn. */
  readonly settings?: RestorationSettings | undefined;
  readonly sharp?: string | undefined;
  /** Mask of the photo's size; white is restored. */
  readonly mask?: string | undefined;
  /** Part to restore and show. */
  readonly crop?: Rect | undefined;
  readonly out: string;
  readonly runtime: NodeRuntime;
  readonly provenance: Provenance;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: RestoreProgress) => void) | undefined;
}

/** Longest side of the page's pictures and number of steps with pictures; they keep the page to a few MB. */
const PREVIEW_PX = 512;
const KEPT_STEPS = 16;
/** Quality of noisy pictures, reduced because noise compresses badly and its grain is of no interest. */
const NOISE_QUALITY = 55;
/** Largest number of columns in a strip; further steps are thinned evenly. */
const STRIP_COLUMNS = 10;

/**
 * Writes OUT/explain.html, .json, .csv and explain-steps.png; returns their paths. Throws the errors of reading,
 * restoring and writing.
 */
export async function explainFile(path: string, options: ExplainOptions): Promise<readonly string[]> {
  const { sharp: sharpPath, mask: maskPath, crop, signal, runtime, out } = options;
  checkFolder(out);
  const model = await loadModel(options.model);
  if (model.config.scale)
    throw new UnblurError(
      "argument",
      `explain: model "${model.name}" enlarges, which has no page yet; restore with it`,
    );
  const blurry = await part(path, crop, signal);
  const photo = planesFromRaster(blurry.raster);
  const sharp = sharpPath === undefined ? undefined : planesFromRaster((await part(sharpPath, crop, signal)).raster);
  checkPair(photo, sharp);
  const mask = maskPath === undefined ? undefined : maskFromRaster((await part(maskPath, crop, signal)).raster);
  const recorder = new TrajectoryRecorder({ photo, sharp, keep: KEPT_STEPS, previewPx: PREVIEW_PX });
  const balanced = new BalancedStep();
  const restorer = openRestorer(model, {}, runtime);
  // `explain` shows diffusion steps, so it uses them even if the model predicts by default.
  const settings = { ...options.settings, samples: 1, steps: options.settings?.steps ?? restorer.diffusionSteps };
  const [restored] = await resultOf(runPhoto(restorer, blurry, settings, { mask, signal }), (event) => {
    if (event.type === "progress") return options.onProgress?.(event.progress);
    recorder.observe(event.step);
    balanced.observe(event.step);
  }).finally(() => restorer.release());
  const recorded = recorder.finish();
  const trajectory = recorded.steps.length > 0 ? recorded : null;
  // For a bridge the residual is relative to the photo, which is shown already.
  const prediction = model.config.predictor ? recorded.base : null;
  const asWritten = (planes: Planes) =>
    planesFromRaster(
      finishedRaster({ ...planes, data: planes.data.slice() }, blurry.raster, photo, { ...settings, mask }),
    );
  const named = [
    { id: "blurry", name: "Blurry photo", planes: photo },
    ...(prediction ? [{ id: "prediction", name: "Prediction", planes: asWritten(prediction) }] : []),
    { id: "restored", name: "Result", planes: planesFromRaster(restored!.raster) },
    ...(sharp ? [{ id: "sharp", name: "Sharp photo", planes: sharp }] : []),
  ];
  const pictures = await Promise.all(named.map((one) => explained(one, one.id === "sharp" ? undefined : sharp)));
  const state = balanced.state;
  const attention = state
    ? await attentionViews(model, runtime, {
        images: [photo, ...(prediction ? [prediction] : []), { ...photo, data: networkInput(state.x, state.level) }],
        level: levelInput(state.level),
        step: state.index + 1,
      })
    : { views: [], note: null };
  const explanation: Explanation = {
    photo: basename(path),
    model: model.name,
    notes: [...notesOf(photo, options), ...(attention.note ? [attention.note] : [])],
    pictures,
    steps: trajectory ? await explainedSteps(trajectory) : [],
    trajectory,
    process: model.config.diffusion ? createProcess(model.config.diffusion.schedule) : null,
    hasSharp: sharp !== undefined,
    attention: attention.views,
    provenance: options.provenance,
  };
  throwIfCancelled(signal);
  const strip = trajectory && stripOf(evenly(trajectory.pictures, STRIP_COLUMNS));
  return writeReport(out, "explain", {
    page: explainPage(explanation),
    numbers: numbersOf(explanation),
    records: recordsOf(recorded),
    extraFiles: strip ? { "-steps.png": await encodeImage({ raster: strip, format: "png", metadata: {} }) } : {},
  });
}

/**
 * Keeps the step where signal and noise are most nearly equal. The network decides most there, so its attention is read
 * at this step.
 */
class BalancedStep {
  state: Pick<RestorationStep, "x" | "level" | "index"> | null = null;

  observe({ sample, x, level, index }: RestorationStep): void {
    const off = ({ signal, noise }: RestorationStep["level"]) => Math.abs(Math.log(signal / noise));
    if (sample === 0 && (!this.state || off(level) < off(this.state.level)))
      this.state = { x: x.slice(), level, index };
  }
}

async function part(path: string, rect: Rect | undefined, signal: AbortSignal | undefined): Promise<Photo> {
  const photo = await readImage(path, { signal });
  return rect ? { ...photo, raster: cropRaster(photo.raster, rect) } : photo;
}

/** Smallest side for which spectra are computed. */
const MIN_PX = 8;

function checkPair(photo: Planes, sharp: Planes | undefined): void {
  const size = ({ width, height }: Planes) => `${width} x ${height}`;
  if (sharp && size(sharp) !== size(photo))
    throw argumentError("explain", `the sharp photo must have the blurry one's size, ${size(photo)}`, size(sharp));
  if (Math.min(photo.width, photo.height) < MIN_PX)
    throw argumentError("explain", `expected a photo of at least ${MIN_PX} x ${MIN_PX} pixels`, size(photo));
}

const evenly = <Item>(items: readonly Item[], count: number): readonly Item[] =>
  items.length <= count
    ? items
    : Array.from({ length: count }, (_, i) => items[Math.round((i * (items.length - 1)) / (count - 1))]!);

async function explained(
  { id, name, planes }: { id: string; name: string; planes: Planes },
  sharp: Planes | undefined,
): Promise<ExplainedPicture> {
  const small: Raster = preview({ ...planes, valueAt: (i) => planes.data[i]! }, PREVIEW_PX);
  return {
    ...{ id, name },
    picture: await embedPicture(small, name),
    psnr: sharp ? psnr(levelsFromPlanes(planes), levelsFromPlanes(sharp)) : null,
    spectrum: radialAverage(powerSpectrum(planes)),
  };
}

const explainedSteps = (trajectory: Trajectory): Promise<ExplainedStep[]> =>
  Promise.all(
    trajectory.pictures.map(async ({ record, xt, estimate, change, spectrum }) => {
      const picture = async (kind: string, name: string, raster: Raster, quality?: number) => ({
        id: `${kind}-${record.index}`,
        name: `Step ${record.index + 1}: ${name}`,
        picture: await embedPicture(raster, `${name} at step ${record.index + 1}`, quality),
      });
      return {
        record,
        xt: await picture("xt", "x_t", xt, NOISE_QUALITY),
        estimate: await picture("estimate", "estimate", estimate),
        change: await picture("change", "change", change, NOISE_QUALITY),
        spectrum,
      };
    }),
  );

function notesOf(photo: Planes, { crop: rect, sharp }: ExplainOptions): string[] {
  const factor = previewFactor(photo, PREVIEW_PX);
  return [
    ...(rect
      ? [`Only a part of the photo was restored: ${rect.width} x ${rect.height} pixels from ${rect.left}, ${rect.top}.`]
      : []),
    ...(factor > 1
      ? [
          `Pictures on this page are reduced ${factor} times, which hides noise and fine detail; all numbers are for the full size. --crop x,y,w,h shows a part pixel by pixel.`,
        ]
      : []),
    ...(sharp === undefined ? ["Without the sharp photo, detail is measured against the last estimate."] : []),
  ];
}

const recordsOf = ({ steps }: Trajectory) =>
  steps.map(({ index, level, snrDb, change, psnr: value, noisyBands, estimateBands, coherences }) => ({
    step: index + 1,
    signal: level.signal,
    noise: level.noise,
    snrDb,
    psnr: value,
    changeLevels: change,
    ...Object.fromEntries(
      BANDS.flatMap(({ label }, i) => [
        [`x_t power, ${label}`, noisyBands[i]!],
        [`estimate power, ${label}`, estimateBands[i]!],
        [`coherence, ${label}`, coherences?.[i] ?? null],
      ]),
    ),
  }));

const numbersOf = ({ photo, model, notes, pictures, steps, trajectory, provenance }: Explanation) => ({
  ...{ photo, model, notes, provenance },
  pictures: pictures.map(({ id, psnr: value, spectrum }) => ({ id, psnr: value, spectrum })),
  bands: BANDS,
  imageBands: trajectory?.imageBands ?? [],
  steps: trajectory?.steps ?? [],
  spectraOfSteps: steps.map(({ record, spectrum }) => ({ step: record.index + 1, spectrum })),
});
