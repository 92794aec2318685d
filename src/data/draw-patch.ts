/** @file Draws a blurry patch and its sharp partner from an item: a pure function of item, files and random source. */

import { UnblurError } from "../base/errors.js";
import type { Rng } from "../base/random.js";
import { averageFrames } from "../blur/average-frames.js";
import { blurMargin, degrade } from "../blur/degrade.js";
import { type Kernel, kernelReach } from "../blur/kernel.js";
import { addGaussianNoise } from "../blur/noise.js";
import { squareKernel } from "../deconvolution/known-blur.js";
import { crop, flipHorizontal, flipVertical, type Rect, transpose } from "../images/crop.js";
import { enlargedPlanes } from "../images/enlarge.js";
import type { Planes, Raster } from "../images/image.js";
import { planesFromRaster, rasterFromPlanes, signedFromUnit, unitFromSigned } from "../images/pixels.js";
import type { DataConfig, SourceConfig } from "./config.js";
import type { DataItem } from "./item.js";

/** Reads parts of pictures as RGB bytes; `platform/` implements it over a cache. */
export interface PatchReader {
  size(path: string): Promise<{ readonly width: number; readonly height: number }>;
  read(path: string, rect: Rect): Promise<Raster>;
  /** Compresses a picture as JPEG of quality 1 to 100 and decompresses it. */
  asJpeg(picture: Raster, quality: number): Promise<Raster>;
}

export interface PatchPair {
  /**
   * Blurry, [3, H, W], of unpaired photos another one than `x0`; with the deconvolution [6, H, W]. A smaller photo is
   * enlarged to the size of its sharp partner, as a restoration enlarges it.
   */
  readonly y: Planes;
  readonly x0: Planes;
  /** Kernel of the blur, [1, k, k], k odd, where it is one kernel. */
  readonly kernel?: Planes;
}

export type PatchOptions = Pick<DataConfig, "patchPx" | "augment" | "candidates" | "jpeg" | "grey">;

/** Mean squared difference between neighbours, a measure of a patch's detail. */
function texture({ width, channels, data }: Raster): number {
  let sum = 0;
  const row = width * channels;
  for (let i = row + channels; i < data.length; i += channels) {
    const across = data[i]! - data[i - channels]!;
    const down = data[i]! - data[i - row]!;
    sum += across * across + down * down;
  }
  return sum;
}

/** A random place for a window of side `sidePx`; with several candidates, the one with the most texture in `path`. */
async function place(reader: PatchReader, path: string, sidePx: number, candidates: number, rng: Rng): Promise<Rect> {
  const { width, height } = await reader.size(path);
  if (width < sidePx || height < sidePx)
    throw new UnblurError(
      "data",
      `${path}: it is ${width}x${height} px, but patches with their margin need ${sidePx}x${sidePx} px; use larger photos or smaller patches`,
    );
  const at = (i: number): Rect => ({
    left: rng.fork("left").integer(width - sidePx + 1, i),
    top: rng.fork("top").integer(height - sidePx + 1, i),
    width: sidePx,
    height: sidePx,
  });
  let best = at(0);
  if (candidates === 1) return best;
  let most = -1;
  for (let i = 0; i < candidates; i++) {
    const amount = texture(await reader.read(path, at(i)));
    if (amount > most) [best, most] = [at(i), amount];
  }
  return best;
}

/** Photos of different sizes do not show the same things at the same places, even if a patch fits into both. */
async function requireOneSize(reader: PatchReader, blurry: string, sharp: string): Promise<void> {
  const [a, b] = await Promise.all([reader.size(blurry), reader.size(sharp)]);
  if (a.width === b.width && a.height === b.height) return;
  throw new UnblurError(
    "data",
    `${blurry}: it is ${a.width}x${a.height}, but its sharp partner ${sharp} is ${b.width}x${b.height}; remove or repair the pair`,
  );
}

const noisy = (patch: Planes, [least, most]: readonly [number, number], rng: Rng): Planes => {
  if (most === 0) return patch;
  const sigma = least + rng.fork("sigma").uniform() * (most - least);
  const unit = addGaussianNoise(unitFromSigned(patch), sigma, rng.fork("noise"));
  return signedFromUnit({ ...unit, data: unit.data.map((value) => Math.min(Math.max(value, 0), 1)) });
};

/**
 * Position of the scene at a random instant of the exposure, in whole pixels from its centre. Along each axis it is at
 * most the kernel's standard deviation, so an unblurred photo stays in place.
 */
function instant(
  { width, height, data }: Kernel,
  limitPx: number,
  rng: Rng,
): { readonly dx: number; readonly dy: number } {
  const deviation = (positionOf: (i: number) => number): number => {
    let [first, second] = [0, 0];
    data.forEach((weight, i) => {
      first += weight * positionOf(i);
      second += weight * positionOf(i) ** 2;
    });
    return Math.sqrt(Math.max(0, second - first * first));
  };
  const offset = (axis: number, spread: number): number => {
    const most = Math.min(limitPx, Math.round(spread));
    return rng.integer(2 * most + 1, axis) - most;
  };
  return {
    dx: offset(
      0,
      deviation((i) => i % width),
    ),
    dy: offset(
      1,
      deviation((i) => Math.floor(i / width) % height),
    ),
  };
}

/** Compresses the patch as a camera would, with the configured probability and quality. */
async function stored(reader: PatchReader, patch: Planes, jpeg: DataConfig["jpeg"], rng: Rng): Promise<Planes> {
  if (!jpeg || rng.fork("stored?").uniform() >= jpeg.probability) return patch;
  const [least, most] = jpeg.quality;
  const quality = least + rng.fork("quality").integer(most - least + 1);
  return planesFromRaster(await reader.asJpeg(rasterFromPlanes(patch), quality));
}

/** The mean of the channels in each of them. [3, H, W] */
function withoutColour({ data, ...size }: Planes): Planes {
  const area = size.width * size.height;
  const grey = data.subarray(0, area).map((_, i) => (data[i]! + data[area + i]! + data[2 * area + i]!) / 3);
  const out = new Float32Array(data.length);
  for (let channel = 0; channel < size.channels; channel++) out.set(grey, channel * area);
  return { ...size, data: out };
}

/** Applies one of the eight symmetries to both patches and to the kernel. */
export function augmented({ y, x0, kernel }: PatchPair, rng: Rng): PatchPair {
  const changes = [flipHorizontal, flipVertical, transpose].filter((_, i) => rng.uniform(i) < 0.5);
  const apply = (planes: Planes) => changes.reduce((result, change) => change(result), planes);
  return { y: apply(y), x0: apply(x0), ...(kernel ? { kernel: apply(kernel) } : {}) };
}

/** Pixels of a smaller photo beyond each side of its patch that bicubic interpolation reads. */
const INTERPOLATION_PX = 2;

/** The kernel in the middle of a square of odd side. */
function kernelPlanes(kernel: Kernel): Planes {
  const side = 2 * kernelReach(kernel) + 1;
  return { width: side, height: side, channels: 1, data: squareKernel(kernel, side) };
}

/**
 * Draws both patches before grey and JPEG. With `scale` above 1 the blurry patch is that many times smaller than the
 * sharp one, plus INTERPOLATION_PX at each side.
 */
async function drawPlain(
  reader: PatchReader,
  item: DataItem,
  source: SourceConfig,
  { patchPx, candidates }: PatchOptions,
  rng: Rng,
): Promise<PatchPair & { readonly scale?: number }> {
  if (item.kind === "pair" && "noiseSigma" in source) {
    await requireOneSize(reader, item.blurry, item.sharp);
    const rect = await place(reader, item.sharp, patchPx, candidates, rng.fork("place"));
    const [y, x0] = await Promise.all([reader.read(item.blurry, rect), reader.read(item.sharp, rect)]);
    return { y: noisy(planesFromRaster(y), source.noiseSigma, rng), x0: planesFromRaster(x0) };
  }
  if (item.kind === "photo" && source.layout === "photos") {
    const scale = source.blur.downsample;
    const around = scale > 1 ? INTERPOLATION_PX : 0;
    const margin = scale * Math.max(around, Math.ceil((blurMargin(source.blur) + source.misalignPx) / scale));
    const rect = await place(reader, item.sharp, patchPx + 2 * margin, candidates, rng.fork("place"));
    const sharp = planesFromRaster(await reader.read(item.sharp, rect));
    const { blurry, kernel } = degrade(sharp, source.blur, rng.fork("degrade"));
    const { dx, dy } = instant(kernel, source.misalignPx, rng.fork("misalign"));
    const square = (left: number, top: number, side: number): Rect => ({ left, top, width: side, height: side });
    const [from, side] = [margin / scale - around, patchPx / scale + 2 * around];
    return {
      y: crop(blurry, square(from, from, side)),
      x0: crop(sharp, square(margin + dx, margin + dy, patchPx)),
      kernel: kernelPlanes(kernel),
      scale,
    };
  }
  if (item.kind === "frames" && source.layout === "frames") {
    const [least, most] = source.frames;
    const count = Math.min(least + rng.fork("count").integer(most - least + 1), item.frames.length);
    const first = rng.fork("first").integer(item.frames.length - count + 1);
    const middle = first + Math.floor(count / 2);
    const rect = await place(reader, item.frames[middle]!, patchPx, candidates, rng.fork("place"));
    const frames = await Promise.all(item.frames.slice(first, first + count).map((path) => reader.read(path, rect)));
    const y = signedFromUnit(
      averageFrames(
        frames.map((frame) => planesFromRaster(frame, "unit")),
        source.light,
      ),
    );
    return { y: noisy(y, source.noiseSigma, rng), x0: planesFromRaster(frames[middle - first]!) };
  }
  if (item.kind === "unpaired" && source.layout === "unpaired") {
    const drawn = async (path: string, own: Rng) =>
      planesFromRaster(await reader.read(path, await place(reader, path, patchPx, candidates, own)));
    const blurred = rng.fork("blurred");
    const other = item.blurred[blurred.fork("photo").integer(item.blurred.length)]!;
    const [y, x0] = await Promise.all([drawn(other, blurred.fork("place")), drawn(item.sharp, rng.fork("place"))]);
    return { y, x0 };
  }
  throw new UnblurError("data", `${item.name}: a ${item.kind} cannot come from a source of layout ${source.layout}`);
}

/** Enlarges a smaller photo's patch by bicubic interpolation, then cuts off what the interpolation has read beyond it. */
function enlargedPatch(small: Planes, scale: number, patchPx: number): Planes {
  const border = scale * INTERPOLATION_PX;
  return crop(enlargedPlanes(small, scale), { left: border, top: border, width: patchPx, height: patchPx });
}

/** A patch of side `patchPx` from a random place. Throws for files that cannot be read or are too small. */
export async function drawPatch(
  reader: PatchReader,
  item: DataItem,
  source: SourceConfig,
  options: PatchOptions,
  rng: Rng,
): Promise<PatchPair> {
  const { scale = 1, ...coloured } = await drawPlain(reader, item, source, options, rng);
  const isGrey = rng.fork("grey").uniform() < options.grey;
  const plain = isGrey ? { y: withoutColour(coloured.y), x0: withoutColour(coloured.x0) } : coloured;
  const y = await stored(reader, plain.y, options.jpeg, rng.fork("jpeg"));
  const { kernel } = coloured;
  const pair = {
    ...{ x0: plain.x0, y: scale === 1 ? y : enlargedPatch(y, scale, options.patchPx) },
    ...(kernel ? { kernel } : {}),
  };
  return options.augment ? augmented(pair, rng.fork("augment")) : pair;
}
