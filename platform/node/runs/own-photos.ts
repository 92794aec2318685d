/** @file Training on one's own photos: the package's config for it, the photos found, and the estimated cost. */
import { UnblurError } from "../../../src/base/errors.js";
import type { Runtime } from "../../../src/runtime/session.js";
import type { RunConfig } from "../../../src/training/run-config.js";
import { type LoadedPlan, loadPlan } from "../data/load-plan.js";
import { packageConfig } from "../paper/package-config.js";
import { type MeasuredCost, measureCost } from "./training-cost.js";

/** Path under `configs/`, without the ending. */
const CONFIG = "own/photos";
/** Number of photos below which a model overfits. */
export const ENOUGH_PHOTOS = 30;

export const ownPhotosConfig = (): RunConfig => packageConfig(CONFIG);

export interface OwnPhotosPlan {
  readonly photos: number;
  readonly problems: LoadedPlan["problems"];
  readonly cost: MeasuredCost;
}

/** Plans the training. Throws `data` for a folder without photos. */
export async function planOwnPhotos(folder: string, config: RunConfig, runtime: Runtime): Promise<OwnPhotosPlan> {
  const { plan, problems } = await loadPlan(config.data, folder, config.batchSize).catch((cause: unknown) => {
    if (!(cause instanceof UnblurError && cause.code === "data")) throw cause;
    const expected = `expected sharp photos, ${ENOUGH_PHOTOS} or more`;
    throw new UnblurError("data", `${folder}: no photos in this folder; ${expected}`, { cause });
  });
  const photos = plan.sources.reduce((sum, { items }) => sum + items.length, 0);
  return { photos, problems, cost: await measureCost(config, runtime) };
}
