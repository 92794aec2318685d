/**
 * @file Patches of photos together with their deconvolutions. Blur is estimated from much more than a patch and takes seconds, so the
 * photos are a fixed number of scenes, which are kept.
 */
import type { Rng } from "../base/random.js";
import { deconvolve } from "../deconvolution/deconvolve.js";
import type { Rect } from "../images/crop.js";
import type { Planes, Raster } from "../images/image.js";
import { planesFromRaster, rasterFromPlanes } from "../images/pixels.js";
import type { DataConfig } from "./config.js";
import { augmented, type PatchOptions, type PatchPair, type PatchReader } from "./draw-patch.js";

/** Part of every scene's key: a new number for every change of what scenes look like. */
const VERSION = 5;

export interface SceneReader extends PatchReader {
  /** Where a picture in RGB bytes can be read that belongs to `key`: made at the first call, kept from then on. */
  kept(key: string, make: () => Promise<Raster>): Promise<string>;
}

/** A trained network that makes a better deconvolution of photo and deconvolution, both "signed". */
export interface SceneMotion {
  /** Another one for other weights. */
  readonly key: string;
  /** Patches show the deconvolution beside what it gives, not that alone. */
  readonly beside: boolean;
  restore(photo: Planes, deconvolved: Planes): Promise<Planes>;
  release(): Promise<void>;
}

export interface Scenes {
  readonly data: DataConfig;
  readonly deconvolved: NonNullable<DataConfig["deconvolved"]>;
  /** What scenes depend on beside their random source. */
  readonly key: string;
  /** From which each scene has its own source. */
  readonly scenes: Rng;
  readonly motion?: SceneMotion | undefined;
  /** A blurry picture and its sharp partner. */
  draw(rng: Rng, options: PatchOptions): Promise<PatchPair>;
}

/** The blurry picture, its deconvolution and the sharp picture, one below the other. */
async function makeScene({ data, deconvolved, draw }: Scenes, rng: Rng): Promise<Raster> {
  const { candidates, jpeg } = data;
  const options = { patchPx: deconvolved.sidePx, augment: false, candidates, ...(jpeg ? { jpeg } : {}) };
  const { y, x0 } = await draw(rng, options);
  const blurry = rasterFromPlanes(y);
  const { deconvolved: sharper } = await deconvolve(planesFromRaster(blurry));
  return stacked([blurry, rasterFromPlanes(sharper), rasterFromPlanes(x0)]);
}

/** Pictures of one size, one below the other. */
function stacked(parts: readonly Raster[]): Raster {
  const { width, height, data } = parts[0]!;
  const bytes = new Uint8Array(parts.length * data.length);
  for (const [i, part] of parts.entries()) bytes.set(part.data, i * data.length);
  return { width, height: parts.length * height, channels: 3, data: bytes };
}

/** The same scene, its deconvolution replaced by what the motion network makes of it. */
async function throughMotion(reader: SceneReader, path: string, sidePx: number, motion: SceneMotion): Promise<Raster> {
  const part = (row: number) => reader.read(path, { left: 0, top: row * sidePx, width: sidePx, height: sidePx });
  const [blurry, deconvolved, sharp] = await Promise.all([part(0), part(1), part(2)]);
  const better = await motion.restore(planesFromRaster(blurry), planesFromRaster(deconvolved));
  return stacked([blurry, rasterFromPlanes(better), sharp]);
}

/** Of the pictures in a patch's `y`: the photo, what stands for its deconvolution, and with `beside` the deconvolution. */
export const imagesSeen = (motion: SceneMotion | undefined): number => (motion?.beside ? 3 : 2);

/** `y` holds as many pictures as `imagesSeen` says, three channels each. `rng` is the patch's own. */
export async function drawDeconvolved(reader: SceneReader, from: Scenes, rng: Rng): Promise<PatchPair> {
  const { data, deconvolved, key, scenes, motion } = from;
  const { sidePx } = deconvolved;
  const number = rng.fork("scene").integer(deconvolved.scenes);
  const own = scenes.fork("scene", number);
  const name = `scene ${VERSION} ${own.key} ${key}`;
  const plainScene = () => reader.kept(name, () => makeScene(from, own));
  const path = motion
    ? await reader.kept(`${name} ${motion.key}`, async () => throughMotion(reader, await plainScene(), sidePx, motion))
    : await plainScene();
  const besides = motion?.beside ? await plainScene() : null;
  const within = rng.fork("place");
  const offset = (axis: string) => within.fork(axis).integer(sidePx - data.patchPx + 1);
  const [left, top] = [offset("left"), offset("top")];
  const part = async (row: number, of = path): Promise<Planes> => {
    const rect: Rect = { left, top: row * sidePx + top, width: data.patchPx, height: data.patchPx };
    return planesFromRaster(await reader.read(of, rect));
  };
  const plain = rng.fork("plain").uniform() < deconvolved.plain;
  const [x0, ...pictures] = await Promise.all([
    part(2),
    part(0),
    part(plain ? 0 : 1),
    ...(besides ? [part(plain ? 0 : 1, besides)] : []),
  ]);
  const blurry = pictures[0]!;
  const y = new Float32Array(pictures.length * blurry.data.length);
  for (const [i, picture] of pictures.entries()) y.set(picture.data, i * blurry.data.length);
  const pair = { y: { ...blurry, channels: 3 * pictures.length, data: y }, x0 };
  return data.augment ? augmented(pair, rng.fork("augment")) : pair;
}
