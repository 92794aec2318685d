/** @file Measures the contents of `proofReport` on this machine. */
import { basename, join } from "node:path";
import { throwIfCancelled } from "../../../src/base/errors.js";
import { Calibration } from "../../../src/evaluation/calibration.js";
import { levelsFromRaster } from "../../../src/evaluation/metrics/levels.js";
import { psnr } from "../../../src/evaluation/metrics/psnr.js";
import { toneError } from "../../../src/evaluation/metrics/tone-error.js";
import { scoresOf } from "../../../src/evaluation/scores.js";
import { cropRaster, type Rect } from "../../../src/images/crop.js";
import type { Raster } from "../../../src/images/image.js";
import { PROOF_METRICS, type ProofFrame, type ProofTest } from "../../../src/paper/model-proof.js";
import { restorePhoto } from "../../../src/restoration/restore-photo.js";
import type { Restorer } from "../../../src/restoration/restorer.js";
import { summariseSamples, uncertaintyPicture } from "../../../src/restoration/sample-summary.js";
import { openPairs } from "../data/pairs.js";
import { readRgb } from "../photos/image-file.js";
import { embedPicture } from "../photos/report.js";

export interface ProveOptions {
  /** Additional columns: restorations of other programs, named as the frames, with a label. */
  readonly beside?: readonly { readonly label: string; readonly folder: string }[];
  readonly samples: number;
  readonly cropPx: number;
  readonly seed: number;
  readonly signal?: AbortSignal;
  onProgress?(what: string): void;
}

const QUALITY = 82;

/** The square, on a grid of half its side, where blurry and sharp differ most. */
function mostChanged(blurry: Raster, sharp: Raster, sidePx: number): Rect {
  const side = Math.min(sidePx, sharp.width, sharp.height);
  const step = Math.max(1, Math.floor(side / 2));
  let best: Rect & { readonly change: number } = { left: 0, top: 0, width: side, height: side, change: -1 };
  for (let top = 0; top + side <= sharp.height; top += step)
    for (let left = 0; left + side <= sharp.width; left += step) {
      let change = 0;
      for (let y = top; y < top + side; y++)
        for (let i = 3 * (y * sharp.width + left); i < 3 * (y * sharp.width + left + side); i++)
          change += (blurry.data[i]! - sharp.data[i]!) ** 2;
      if (change > best.change) best = { left, top, width: side, height: side, change };
    }
  const { change: _, ...rect } = best;
  return rect;
}

const photoOf = (raster: Raster) => ({ raster, format: "png" as const, metadata: {} });

/**
 * Restores and measures frame by frame, as a user gets it: with the photo's tone. A model without diffusion has the
 * column of its prediction only.
 */
export async function proveFrames(
  restorer: Restorer,
  folder: string,
  { beside = [], samples, cropPx, seed, signal, onProgress }: ProveOptions,
): Promise<{ readonly frames: readonly ProofFrame[]; readonly calibration: Calibration | null }> {
  const { pairs } = await openPairs(folder);
  const frames: ProofFrame[] = [];
  const calibration = restorer.diffuses ? new Calibration() : null;
  for await (const { name, blurry, sharp } of pairs()) {
    const rect = mostChanged(blurry, sharp, cropPx);
    const [photo, truth] = [levelsFromRaster(blurry), levelsFromRaster(sharp)];
    const column = async (label: string, raster: Raster) => ({
      label,
      scores: await scoresOf(levelsFromRaster(raster), truth, PROOF_METRICS),
      toneShift: toneError(levelsFromRaster(raster), photo),
      picture: await embedPicture(cropRaster(raster, rect), `${name}: ${label}`, QUALITY),
    });
    const restored = async (what: string, options: { steps?: number; samples?: number }) => {
      throwIfCancelled(signal, "prove");
      onProgress?.(`${name}: ${what}`);
      return (await restorePhoto(restorer, photoOf(blurry), { seed, ...options })).map(({ raster }) => raster);
    };
    const columns = [
      await column("Input", blurry),
      await column("Prediction", (await restored("prediction", { steps: 0 }))[0]!),
    ];
    let uncertainty: ProofFrame["uncertainty"] = null;
    if (calibration) {
      columns.push(await column("1 step", (await restored("1 step", { steps: 1 }))[0]!));
      const draws = await restored(`${samples} samples of 4 steps`, { steps: 4, samples });
      const { mean, deviation } = summariseSamples(draws);
      columns.push(await column("4 steps", draws[0]!));
      columns.push(await column("10 steps", (await restored("10 steps", { steps: 10 }))[0]!));
      columns.push(await column(`Mean of ${samples}`, mean));
      calibration.add(mean, sharp, deviation, samples);
      const map = uncertaintyPicture(deviation, sharp.width, sharp.height);
      uncertainty = await embedPicture(cropRaster(map, rect), `${name}: uncertainty`, QUALITY);
    }
    for (const { label, folder: others } of beside)
      columns.push(await column(label, await readRgb(join(others, `${basename(name)}.png`))));
    frames.push({
      ...{ name, columns, uncertainty },
      place: `${rect.width}x${rect.height} px from column ${rect.left}, row ${rect.top}`,
      truth: await embedPicture(cropRaster(sharp, rect), `${name}: truth`, QUALITY),
    });
  }
  return { frames, calibration };
}

/** Measures the prediction alone on pairs of another kind. */
export async function proveOn(restorer: Restorer, folder: string, what: string, command: string): Promise<ProofTest> {
  const { pairs } = await openPairs(folder);
  const [before, after]: [number[], number[]] = [[], []];
  for await (const { blurry, sharp } of pairs()) {
    const truth = levelsFromRaster(sharp);
    const [restored] = await restorePhoto(restorer, photoOf(blurry), { steps: 0 });
    before.push(psnr(levelsFromRaster(blurry), truth));
    after.push(psnr(levelsFromRaster(restored!.raster), truth));
  }
  return { what, command, before, after };
}

/** Restores sharp photos as if they were blurry and compares them with themselves. */
export async function proveOnSharp(restorer: Restorer, folder: string, what: string): Promise<ProofTest> {
  const { pairs } = await openPairs(folder);
  const after: number[] = [];
  for await (const { sharp } of pairs()) {
    const [restored] = await restorePhoto(restorer, photoOf(sharp), { steps: 0 });
    after.push(psnr(levelsFromRaster(restored!.raster), levelsFromRaster(sharp)));
  }
  return {
    what,
    command: `unblur ${join("sharp", "*")} --steps 0 --restore-sharp`,
    before: after.map(() => Number.POSITIVE_INFINITY),
    after,
  };
}
