/** @file Restoration of a photo that has been read, for the library: the same in Node and browsers. */
import type { Raster } from "../images/image.js";
import type { Photo } from "../images/photo.js";
import { planesFromRaster } from "../images/pixels.js";
import { resultOf } from "../restoration/event-stream.js";
import { maskFromRaster } from "../restoration/mask.js";
import { type PhotoEvent, runPhoto } from "../restoration/restore-photo.js";
import type { Restoring } from "../restoration/restorer.js";
import { isLeft } from "../restoration/sharpness.js";
import type { Settings } from "./settings.js";

export interface RestoreRasterContext {
  readonly mask: Raster | undefined;
  readonly signal: AbortSignal | undefined;
  readonly onEvent: (event: PhotoEvent) => void | Promise<void>;
}

/** What restores photos; a part of a restorer. */
export type RunsAt = Pick<Restoring, "run" | "scale">;

/** What restores one photo with a model that is opened when the restoration runs. `scale`: the model's. */
export const openedByRun = (scale: number, open: () => Promise<Pick<Restoring, "run">>): RunsAt => ({
  scale,
  async *run(...photo) {
    return yield* (await open()).run(...photo);
  },
});

/** Returns the samples of a photo's restoration, or copies of the photo where it is already sharp. */
export async function restoreOrKeep(
  restoring: RunsAt,
  photo: Photo,
  settings: Settings,
  { mask, signal, onEvent }: RestoreRasterContext,
): Promise<{ readonly photos: readonly Photo[]; readonly alreadySharp: boolean }> {
  const { samples = 1, restoreSharp } = settings;
  const { scale } = restoring;
  if (isLeft(() => planesFromRaster(photo.raster), { scale, askedScale: settings.scale, restoreSharp, mask }))
    return { photos: Array.from({ length: samples }, () => photo), alreadySharp: true };
  const run = runPhoto(restoring, photo, settings, { mask: mask && maskFromRaster(mask), signal });
  return { photos: await resultOf(run, onEvent), alreadySharp: false };
}
