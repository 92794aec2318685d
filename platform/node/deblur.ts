/** @file `deblur`: restores a picture in any of its forms with one call. */
import type { Planes } from "../../src/images/image.js";
import type { Photo } from "../../src/images/photo.js";
import { planesFromRaster } from "../../src/images/pixels.js";
import { type RestorePhotoOptions, restorePhoto } from "../../src/restoration/restore-photo.js";
import type { RestoreOptions, Restorer, Restoring } from "../../src/restoration/restorer.js";
import { isLeft } from "../../src/restoration/sharpness.js";
import { chosenModel } from "./models/choose-model.js";
import { loadModel } from "./models/load-model.js";
import { openRestorer } from "./models/load-restorer.js";
import { readImage } from "./photos/image-file.js";
import type { RuntimeOptions } from "./threads/runtime.js";

export interface DeblurOptions
  extends Omit<RestorePhotoOptions, "samples">,
    Pick<RuntimeOptions, "device" | "threads"> {
  /**
   * Name of a packaged or installed model, path of a model or run folder, or an open restorer; default: the preset's
   * model, or "default". To restore several pictures, open a restorer with `loadRestorer`, which then determines
   * `device` and `threads`, and release it at the end.
   */
  readonly model?: string | Restorer | undefined;
}

/** Type of the result: planes for planes, a photo for any other source. */
export type Deblurred<S> = S extends Planes ? Planes : Photo;

/**
 * Restores a picture: a path, the bytes of a file, a `Photo`, or `Planes` of 3 channels in [-1, 1]. The result keeps
 * the size, depth, alpha, profile and EXIF of the source; `writeImage` and `encodeImage` make a file of it. A model
 * that enlarges gives a larger one; `scale` chooses an installed one. A mask is not supported for `Planes`. Throws
 * UnblurError, with code `cancelled` when the signal fires. Calls with the same open restorer run one after the other;
 * a waiting call has not read its source yet.
 */
export async function deblur<S extends string | Uint8Array | Photo | Planes>(
  source: S,
  options: DeblurOptions = {},
): Promise<Deblurred<S>> {
  const { device, threads, signal } = options;
  const { model: asked, preset, scale } = options;
  const model = typeof asked === "object" ? asked : await chosenModel({ model: asked, preset, scale });
  if (typeof model !== "string")
    return model.inTurn((open) => restoredFrom(source, model.scale, async () => open, options), signal) as Promise<
      Deblurred<S>
    >;
  let opened: Restorer | undefined;
  const loaded = await loadModel(model);
  const open = async () => {
    opened = openRestorer(loaded, { device, threads });
    return opened;
  };
  try {
    return (await restoredFrom(source, loaded.config.scale ?? 1, open, options)) as Deblurred<S>;
  } finally {
    await opened?.release();
  }
}

/** Restores a picture; calls `open` unless the picture is returned unchanged. `scale`: the model's. */
async function restoredFrom(
  picture: string | Uint8Array | Photo | Planes,
  scale: number,
  open: () => Promise<Restoring>,
  { model: _, device: __, threads: ___, ...options }: DeblurOptions,
): Promise<Photo | Planes> {
  const photo =
    typeof picture === "string" || picture instanceof Uint8Array
      ? await readImage(picture, { signal: options.signal })
      : picture;
  if (scale === 1 && isLeft(() => ("raster" in photo ? planesFromRaster(photo.raster) : photo), options)) return photo;
  const restorer = await open();
  return "raster" in photo
    ? (await restorePhoto(restorer, photo, options))[0]!
    : (await restorer.restore(photo, options as RestoreOptions)).restored;
}
