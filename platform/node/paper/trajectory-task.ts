/** @file Records one restoration step by step, on a crop of a test picture. */
import { UnblurError } from "../../../src/base/errors.js";
import { cropPlaces } from "../../../src/evaluation/crop-places.js";
import { levelsFromRaster } from "../../../src/evaluation/metrics/levels.js";
import { psnr } from "../../../src/evaluation/metrics/psnr.js";
import { cropRaster } from "../../../src/images/crop.js";
import { planesFromRaster } from "../../../src/images/pixels.js";
import { type Trajectory, TrajectoryRecorder } from "../../../src/insight/trajectory.js";
import type { TrajectoryTask } from "../../../src/paper/plan.js";
import type { KeptStep, TrajectoryResult } from "../../../src/paper/results.js";
import { createRestorer } from "../../../src/restoration/restorer.js";
import { type ImagePair, openPairs } from "../data/pairs.js";
import { embedPicture } from "../photos/report.js";
import type { TaskContext } from "./task.js";

const CROP_SEED = 1;
/** Picture quality, reduced because noise compresses badly and a strip shows many pictures. */
const QUALITY = 80;

export function trajectoryTask({ task, model, ...context }: TaskContext<TrajectoryTask>): Promise<TrajectoryResult> {
  const { runtime, testFolder, results, signal, onProgress } = context;
  return results.part("trajectory-coherence", async () => {
    const { name, blurry, sharp } = await pictureOf(testFolder, task.picture);
    const [place] = cropPlaces(name, sharp, { sidePx: task.cropPx, perImage: 1, seed: CROP_SEED });
    const [input, truth] = [cropRaster(blurry, place!), cropRaster(sharp, place!)];
    const [photo, sharpPlanes] = [planesFromRaster(input), planesFromRaster(truth)];
    const recorder = new TrajectoryRecorder({ photo, sharp: sharpPlanes, keep: task.keep });
    const restorer = createRestorer(model, runtime);
    try {
      await restorer.restore(photo, {
        ...{ seed: task.seed, steps: restorer.diffusionSteps },
        onStep: recorder.observe,
        onProgress: ({ done, total }) => onProgress(done, total),
        signal,
      });
    } finally {
      await restorer.release();
    }
    const { steps, pictures, imageBands } = recorder.finish();
    return {
      kind: "trajectory",
      ...{ name, steps, imageBands },
      kept: await Promise.all(pictures.map(keptStep)),
      inputPsnr: psnr(levelsFromRaster(input), levelsFromRaster(truth)),
      input: await embedPicture(input, `blurry input of ${name}`),
      truth: await embedPicture(truth, `sharp truth of ${name}`),
    };
  });
}

async function pictureOf(folder: string, index: number): Promise<ImagePair> {
  const { count, pairs } = await openPairs(folder, { onBadFile: "refuse" });
  let at = 0;
  for await (const pair of pairs()) if (at++ === index % count) return pair;
  throw new UnblurError("data", `${folder}: expected a picture of number ${index}, found ${count} pairs`);
}

async function keptStep({ record, xt, estimate, change }: Trajectory["pictures"][number]): Promise<KeptStep> {
  const { index } = record;
  return {
    index,
    xt: await embedPicture(xt, `noisy image at step ${index + 1}`, QUALITY),
    estimate: await embedPicture(estimate, `estimate of the sharp image at step ${index + 1}`, QUALITY),
    change: await embedPicture(change, `change of the estimate at step ${index + 1}`, QUALITY),
  };
}
