/** @file A restoration for programs: a photo or pixels in, pixels out, and what is needed to write a file like the photo. */
import type { Photo } from "../../src/images/photo.js";
import { deconvolvedRaster } from "../../src/library/deconvolve.js";
import { type RunsAt, restoreOrKeep } from "../../src/library/restore-raster.js";
import type { Settings } from "../../src/library/settings.js";
import type {
  DeconvolvedPixels,
  DeconvolvePixelOptions,
  GivenPhoto,
  PhotoOrigin,
  PixelOptions,
  RestoredPixels,
} from "./deblurrer.js";
import type { PhotoBlurs } from "./photo-blurs.js";
import { type LoadHeif, type PhotoFile, readPhoto } from "./photo-file.js";

/** Reads a photo's file; pixels are taken for a PNG picture without metadata. */
export async function readGiven(given: GivenPhoto, loadHeif: LoadHeif): Promise<PhotoFile> {
  if (given instanceof Blob) return readPhoto(given, given instanceof File ? given.name : "image", loadHeif);
  return {
    ...{ name: "image", type: "image/png", raster: given, colorSpace: "srgb" },
    ...{ metadata: {}, pngChunks: [], warnings: [], file: new Blob([]) },
  };
}

const originOf = ({ raster: _, ...origin }: PhotoFile): PhotoOrigin => origin;

interface Means {
  readonly restoring: RunsAt;
  readonly read: (given: GivenPhoto) => Promise<PhotoFile>;
  readonly blurs: PhotoBlurs;
}

export async function restoredPixels(
  given: GivenPhoto,
  settings: Settings,
  { mask, signal, steps, onEvent }: Omit<PixelOptions, "model">,
  { restoring, read, blurs }: Means,
): Promise<RestoredPixels> {
  const photo = await read(given);
  const { raster } = photo;
  const input: Photo = { raster, format: "png", metadata: {} };
  const area = mask && (await read(mask)).raster;
  const part = { left: 0, top: 0, width: raster.width, height: raster.height };
  const { photos, alreadySharp } = await blurs.during({ photo: raster, part, whole: true }, () =>
    restoreOrKeep(restoring, input, settings, {
      mask: area,
      signal,
      onEvent(event) {
        if (event.type === "progress") return onEvent?.(event);
        if (!steps) return;
        const { index, total, sample, picture } = event.step;
        onEvent?.({ type: "step", step: { index, total, sample, picture } });
      },
    }),
  );
  return { rasters: photos.map((one) => one.raster), alreadySharp, origin: originOf(photo) };
}

export async function deconvolvedPixels(
  photo: PhotoFile,
  { onEvent, ...options }: DeconvolvePixelOptions = {},
): Promise<DeconvolvedPixels> {
  return { ...(await deconvolvedRaster(photo.raster, { ...options, onProgress: onEvent })), origin: originOf(photo) };
}
