/** @file Blurs a sharp photo, with a known blur or by a generator that learned to blur; writes and describes the pair. */
import { join } from "node:path";
import { argumentError } from "../../../src/base/errors.js";
import type { Rng } from "../../../src/base/random.js";
import { blurMargin, blurOf } from "../../../src/blur/degrade.js";
import type { Kernel } from "../../../src/blur/kernel.js";
import type { BlurRecipe } from "../../../src/blur/recipe.js";
import { crop } from "../../../src/images/crop.js";
import type { Raster } from "../../../src/images/image.js";
import { planesFromRaster, rasterFromPlanes } from "../../../src/images/pixels.js";
import type { Blurrer } from "../../../src/restoration/blurrer.js";
import { StagedFiles } from "../files/atomic-file.js";
import { encodeImage, readRgb } from "./image-file.js";

export interface BlurredPhoto {
  readonly name: string;
  readonly input: string;
  readonly width: number;
  readonly height: number;
  /** Size of the kernel; null for a moving scene and for a generator's blur, which have none. */
  readonly kernel: { readonly width: number; readonly height: number } | null;
  /** Written files, relative to the folder. */
  readonly files: readonly string[];
}

/** A kernel at its own size, as `--kernel` reads it; the largest weight is white. */
function kernelPicture({ width, height, data }: Kernel): Raster {
  const most = data.reduce((a, b) => Math.max(a, b), 0);
  return { width, height, channels: 1, data: Uint8Array.from(data, (weight) => Math.round((255 * weight) / most)) };
}

export interface BlurPhotoOptions {
  readonly name: string;
  readonly out: string;
  readonly rng: Rng;
  readonly signal?: AbortSignal;
}

/** Writes OUT/FOLDER/NAME.png for each picture, all or none, and returns the paths below OUT. */
async function writePictures(
  pictures: Readonly<Record<string, Raster>>,
  { name, out }: Pick<BlurPhotoOptions, "name" | "out">,
): Promise<readonly string[]> {
  await using staged = new StagedFiles({ makeFolders: true });
  for (const [folder, raster] of Object.entries(pictures))
    await staged.write(join(out, folder, `${name}.png`), await encodeImage({ raster, format: "png", metadata: {} }));
  await staged.commit();
  return Object.keys(pictures).map((folder) => `${folder}/${name}.png`);
}

/**
 * Blurs a photo of any size by a generator: writes OUT/blur/NAME.png and OUT/sharp/NAME.png, 8 bits, of the photo's
 * size. `rng` draws the noise map. Throws the errors of reading and writing.
 */
export async function blurPhotoBy(
  blurrer: Blurrer,
  input: string,
  { name, out, rng, signal }: BlurPhotoOptions,
): Promise<BlurredPhoto> {
  const sharp = await readRgb(input, { signal });
  const blurry = await blurrer.blur(planesFromRaster(sharp), rng, signal);
  const files = await writePictures({ blur: rasterFromPlanes(blurry), sharp }, { name, out });
  return { name, input, width: sharp.width, height: sharp.height, kernel: null, files };
}

/**
 * Writes OUT/blur/NAME.png and OUT/sharp/NAME.png, 8 bits, and OUT/kernels/NAME.png if a single kernel blurred the
 * photo; all or none. Both pictures are cropped by the reach of the recipe's widest blur, so that every blurry pixel is
 * computed from existing pixels. Throws `argument` for a photo too small for that, and the errors of reading and
 * writing.
 */
export async function blurPhoto(
  input: string,
  { name, out, recipe, rng, signal }: BlurPhotoOptions & { readonly recipe: BlurRecipe },
): Promise<BlurredPhoto> {
  const sharp = planesFromRaster(await readRgb(input, { signal }));
  const margin = blurMargin(recipe);
  const [width, height] = [sharp.width - 2 * margin, sharp.height - 2 * margin];
  if (width < 1 || height < 1)
    throw argumentError(
      "blur",
      `${input}: the recipe's widest blur takes ${margin} px at each side; use a larger photo or shorter blurs`,
      `${sharp.width} x ${sharp.height}`,
    );
  const { blurry, blur } = blurOf(sharp, recipe, rng);
  const varies = blur.scene !== undefined || blur.shake !== undefined; // no one kernel describes it
  const s = recipe.downsample;
  const inside = (step: number) => ({
    left: margin / step,
    top: margin / step,
    width: Math.floor(width / step),
    height: Math.floor(height / step),
  });
  const pictures: Record<string, Raster> = {
    blur: rasterFromPlanes(crop(blurry, inside(s))),
    sharp: rasterFromPlanes(crop(sharp, { ...inside(1), width: s * inside(s).width, height: s * inside(s).height })),
    ...(varies ? {} : { kernels: kernelPicture(blur.kernel) }),
  };
  const files = await writePictures(pictures, { name, out });
  const kernel = varies ? null : { width: blur.kernel.width, height: blur.kernel.height };
  return { ...{ name, input, kernel, files }, width: pictures.blur!.width, height: pictures.blur!.height };
}
