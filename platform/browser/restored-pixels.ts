/** @file A restoration for programs: a photo or pixels in, pixels out, and what is needed to write a file like the photo. */
import type { Raster } from "../../src/images/image.js";
import type { Photo } from "../../src/images/photo.js";
import { planesFromRaster } from "../../src/images/pixels.js";
import { deconvolvedRaster } from "../../src/library/deconvolve.js";
import type { Settings } from "../../src/library/settings.js";
import { resultOf } from "../../src/restoration/event-stream.js";
import { maskFromRaster } from "../../src/restoration/mask.js";
import { runPhoto } from "../../src/restoration/restore-photo.js";
import type { Restoring } from "../../src/restoration/restorer.js";
import { isLeft } from "../../src/restoration/sharpness.js";
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
  readonly restoring: Restoring;
  readonly read: (given: GivenPhoto) => Promise<PhotoFile>;
  readonly blurs: PhotoBlurs;
}

export async function restoredPixels(
  given: GivenPhoto,
  settings: Settings,
  { mask, signal, steps, onEvent }: PixelOptions,
  { restoring, read, blurs }: Means,
): Promise<RestoredPixels> {
  const photo = await read(given);
  const { raster } = photo;
  const origin = originOf(photo);
  const { samples = 1, restoreSharp } = settings;
  if (restoring.scale === 1 && isLeft(() => planesFromRaster(raster), { restoreSharp, mask }))
    return { rasters: Array.from({ length: samples }, () => raster), alreadySharp: true, origin };
  const area = mask && maskFromRaster((await read(mask)).raster);
  const input: Photo = { raster, format: "png", metadata: {} };
  const part = { left: 0, top: 0, width: raster.width, height: raster.height };
  const restored = await blurs.during({ photo: raster, part, whole: true }, () =>
    resultOf(runPhoto(restoring, input, settings, { mask: area, signal }), (event) => {
      if (event.type === "progress") return onEvent?.(event);
      if (!steps) return;
      const { index, total, sample, picture } = event.step;
      onEvent?.({ type: "step", step: { index, total, sample, picture } });
    }),
  );
  return { rasters: restored.map((one): Raster => one.raster), alreadySharp: false, origin };
}

export async function deconvolvedPixels(
  photo: PhotoFile,
  { onEvent, ...options }: DeconvolvePixelOptions = {},
): Promise<DeconvolvedPixels> {
  return { ...(await deconvolvedRaster(photo.raster, { ...options, onProgress: onEvent })), origin: originOf(photo) };
}
