/** @file A photograph in, photographs out, whatever its depth, channels and metadata. */
import { enlargedPlanes, enlargedRaster } from "../images/enlarge.js";
import { exifWithSize } from "../images/exif.js";
import type { Planes, Raster } from "../images/image.js";
import type { Photo, PhotoMetadata } from "../images/photo.js";
import { planesFromRaster, rasterLike } from "../images/pixels.js";
import { xmpWithSize } from "../images/xmp.js";
import { resultOf } from "./event-stream.js";
import { keepFlat } from "./keep-flat.js";
import { keepTone as keepToneOf } from "./keep-tone.js";
import { type Mask, masked } from "./mask.js";
import type { RestorationStep, RestoreOptions, RestoreProgress, Restoring } from "./restorer.js";
import { type RestorationSettings, readSettings } from "./settings.js";

/** A step with its estimate as a finished picture: the result if the restoration ended here. */
export interface PhotoStep extends RestorationStep {
  /** Computed when it or `estimate` is first read; `estimate` has the photo's tone. */
  readonly picture: Raster;
}

export type PhotoEvent =
  | { readonly type: "progress"; readonly progress: RestoreProgress }
  | { readonly type: "step"; readonly step: PhotoStep };

/** photo + strength * (restored - photo), in place of `restored`. */
function applyStrength(restored: Float32Array, photo: Float32Array, strength: number): void {
  for (let i = 0; i < restored.length; i++) restored[i] = photo[i]! + strength * (restored[i]! - photo[i]!);
}

/** Options for finishing a drawn restoration. */
export interface FinishOptions extends Pick<RestorationSettings, "keepTone" | "strength"> {
  /** Restores only where the mask is not 0; all other pixels stay unchanged to the bit. */
  readonly mask?: Mask | undefined;
}

export interface RestorePhotoOptions extends Omit<RestoreOptions, "onStep">, FinishOptions {
  /** Called once per diffusion step. */
  readonly onStep?: ((step: PhotoStep) => void) | undefined;
}

/**
 * Finishes a restoration: gives it the photo's tone, size, depth and channels, and the photo itself where it is flat or
 * masked. Every result and every displayed estimate passes through here. Changes `planes`. `blurry`: the photo's
 * planes.
 */
export function finishedRaster(
  planes: Planes,
  photo: Raster,
  blurry: Planes,
  { mask, keepTone = true, strength = 1 }: FinishOptions,
): Raster {
  if (keepTone) {
    keepToneOf(planes, blurry);
    keepFlat(planes, blurry);
  }
  if (strength < 1) applyStrength(planes.data, blurry.data, strength);
  const restored = rasterLike(planes, photo);
  return mask ? masked(restored, photo, mask) : restored;
}

/**
 * Metadata of a photo after its enlargement: the sizes in EXIF and XMP are the new ones. Pixels per inch stay, so the
 * photo prints larger, and a gain map stays, because it covers the whole picture whatever its size.
 */
function metadataWithSize(metadata: PhotoMetadata, { width, height }: Raster, scale: number): PhotoMetadata {
  const { exif, xmp } = metadata;
  const size = { width: scale * width, height: scale * height };
  return {
    ...metadata,
    ...(exif ? { exif: exifWithSize(exif, size) } : {}),
    ...(xmp ? { xmp: xmpWithSize(xmp, size) } : {}),
  };
}

/** A mask for a picture so many times larger. */
function enlargedMask(mask: Mask, scale: number): Mask {
  const { width, height, data } = enlargedPlanes({ ...mask, channels: 1 }, scale);
  return { width, height, data };
}

/**
 * Yields the events of a photo's restoration and returns its samples. Each has the size, depth, profile and EXIF of the
 * original; a grey photo stays grey (the mean of the restored channels), and alpha is the original's. A restorer that
 * enlarges returns larger ones: whatever is the original's there is that of its bicubic enlargement, and sizes in the
 * metadata are the new ones. Throws what the restorer throws.
 */
export async function* runPhoto(
  restorer: Pick<Restoring, "run" | "scale">,
  photo: Photo,
  settings: RestorationSettings = {},
  { mask, signal }: { readonly mask?: Mask | undefined; readonly signal?: AbortSignal | undefined } = {},
): AsyncGenerator<PhotoEvent, readonly Photo[], void> {
  const { raster } = photo;
  const { scale } = restorer;
  if (mask) masked(raster, raster, mask); // refuses a mask of another size before the work
  const given = planesFromRaster(raster);
  const { keepTone, strength } = readSettings(settings);
  // Enlarged with the first result: the restorer refuses a photo that would get too large.
  let original: { readonly raster: Raster; readonly blurry: Planes; readonly mask: Mask | undefined } | undefined;
  const finished = (planes: Planes) => {
    if (!original) {
      const larger = enlargedRaster(raster, scale);
      const blurry = scale === 1 ? given : planesFromRaster(larger);
      original = { raster: larger, blurry, mask: mask && scale > 1 ? enlargedMask(mask, scale) : mask };
    }
    return finishedRaster(planes, original.raster, original.blurry, { mask: original.mask, keepTone, strength });
  };
  const metadata = scale === 1 ? photo.metadata : metadataWithSize(photo.metadata, raster, scale);
  const events = restorer.run(given, settings, signal);
  try {
    for (;;) {
      const { done, value } = await events.next();
      if (done) return value.samples.map((planes) => ({ ...photo, metadata, raster: finished(planes) }));
      yield value.type === "step" ? { type: "step", step: pictured(value.step, finished) } : value;
    }
  } finally {
    await events.return(undefined as never);
  }
}

function pictured(step: RestorationStep, finished: (planes: Planes) => Raster): PhotoStep {
  let shown: Pick<PhotoStep, "estimate" | "picture"> | undefined;
  const look = () => {
    if (!shown) {
      const { estimate } = step;
      shown = { picture: finished(estimate), estimate };
    }
    return shown;
  };
  const { index, total, level, x, denoised, sample, diffused } = step;
  return {
    ...{ index, total, level, x, denoised, sample, diffused },
    get estimate() {
      return look().estimate;
    },
    get picture() {
      return look().picture;
    },
  };
}

/** Returns the restorations of a photo, as many as `samples` (1); see `runPhoto`. */
export const restorePhoto = (
  restorer: Pick<Restoring, "run" | "scale">,
  photo: Photo,
  { mask, signal, onProgress, onStep, ...settings }: RestorePhotoOptions = {},
): Promise<readonly Photo[]> =>
  resultOf(runPhoto(restorer, photo, settings, { mask, signal }), (event) => {
    if (event.type === "progress") onProgress?.(event.progress);
    else onStep?.(event.step);
  });
