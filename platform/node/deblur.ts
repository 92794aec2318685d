/** @file The one-call way in: a picture in any of its forms. */
import type { Planes } from "../../src/images/image.js";
import type { Photo } from "../../src/images/photo.js";
import { planesFromRaster } from "../../src/images/pixels.js";
import { type RestorePhotoOptions, restorePhoto } from "../../src/restoration/restore-photo.js";
import type { Restorer } from "../../src/restoration/restorer.js";
import { sharpnessOf } from "../../src/restoration/sharpness.js";
import { loadRestorer } from "./models/load-restorer.js";
import { readImage } from "./photos/image-file.js";
import type { RuntimeOptions } from "./threads/runtime.js";

export interface DeblurOptions
  extends Omit<RestorePhotoOptions, "samples">,
    Pick<RuntimeOptions, "device" | "threads"> {
  /**
   * The name of a packaged or installed model, the path of a model or run folder, or a restorer that is open already: for several pictures open one
   * with `loadRestorer` (then `device` and `threads` are its own) and release it at the end.
   */
  readonly model?: string | Restorer;
  /**
   * Restores also what is sharp already (false); without it such a picture comes back as it is. `sharpnessOf` says which are. A mask says what to
   * restore by itself.
   */
  readonly restoreSharp?: boolean;
}

/** Planes for planes, a photo for anything else. */
export type Deblurred<S> = S extends Planes ? Planes : Photo;

/**
 * Restores a picture: a path, the bytes of a file, a `Photo` or `Planes` of 3 channels in [-1, 1]. The result has the size, depth,
 * alpha, profile and EXIF of the source; a mask is for those, not for `Planes`; `writeImage` and `encodeImage` make a file of it. Throws UnblurError, with code `cancelled`
 * when the signal fires. Calls with the same open restorer run one after the other, and a waiting one has read nothing yet.
 */
export async function deblur<S extends string | Uint8Array | Photo | Planes>(
  source: S,
  options: DeblurOptions = {},
): Promise<Deblurred<S>> {
  const { model = "default", device, threads, signal } = options;
  if (typeof model !== "string")
    return model.inTurn((open) => restoredFrom(source, async () => open, options), signal) as Promise<Deblurred<S>>;
  let opened: Restorer | undefined;
  const open = async () => {
    opened = await loadRestorer(model, { ...(device ? { device } : {}), ...(threads ? { threads } : {}) });
    return opened;
  };
  try {
    return (await restoredFrom(source, open, options)) as Deblurred<S>;
  } finally {
    await opened?.release();
  }
}

/** `open` is called if the picture is not left as it is. */
async function restoredFrom(
  picture: string | Uint8Array | Photo | Planes,
  open: () => Promise<Pick<Restorer, "restore">>,
  { model: _, device: __, threads: ___, restoreSharp = false, ...options }: DeblurOptions,
): Promise<Photo | Planes> {
  const photo =
    typeof picture === "string" || picture instanceof Uint8Array
      ? await readImage(picture, { signal: options.signal })
      : picture;
  const isSharp = () => sharpnessOf("raster" in photo ? planesFromRaster(photo.raster) : photo).sharp;
  if (!restoreSharp && !options.mask && isSharp()) return photo;
  const restorer = await open();
  return "raster" in photo
    ? (await restorePhoto(restorer, photo, options))[0]!
    : (await restorer.restore(photo, options)).restored;
}
