/**
 * @file Patches of photos together with their deconvolutions. Blur is estimated from much more than a patch and takes seconds, so the
 * photos are a fixed number of scenes, which are kept.
 */
import type { Rng } from "../base/random.js";
import { DECONVOLVERS } from "../deconvolution/deconvolvers.js";
import type { Rect } from "../images/crop.js";
import type { Planes, Raster } from "../images/image.js";
import { planesFromRaster, rasterFromPlanes } from "../images/pixels.js";
import type { DataConfig } from "./config.js";
import { augmented, type PatchOptions, type PatchPair, type PatchReader } from "./draw-patch.js";

/** Part of every scene's key: a new number for every change of what scenes look like. */
const SCENE_VERSION = 6;

export interface SceneReader extends PatchReader {
  /** Where a picture in RGB bytes can be read that belongs to `key`: made at the first call, kept from then on. */
  kept(key: string, make: () => Promise<Raster>): Promise<string>;
}

/** A trained network in front of the predictor. Planes are "signed". */
export interface SceneMotion {
  /** Another one for other weights. */
  readonly key: string;
  /** Whether it sees the deconvolution, or the photo alone. */
  readonly seesDeconvolution: boolean;
  /** Patches show the deconvolution beside its result, not the result alone. */
  readonly beside: boolean;
  restore(photo: Planes, deconvolved: Planes | null): Promise<Planes>;
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

/** Where the pictures of a scene are kept, each by itself: what depends on a network or on an estimate of blur changes by itself. */
interface KeptScene {
  /** The blurry picture, and the sharp one below it. */
  readonly pair: string;
  deconvolution(): Promise<string>;
  motion(network: SceneMotion): Promise<string>;
}

async function keptScene(reader: SceneReader, scenes: Scenes, number: number): Promise<KeptScene> {
  const { data, deconvolved, key, draw } = scenes;
  const { sidePx } = deconvolved;
  const own = scenes.scenes.fork("scene", number);
  const name = `scene ${SCENE_VERSION} ${own.key} ${key}`;
  const whole: Rect = { left: 0, top: 0, width: sidePx, height: sidePx };
  const planesOf = async (path: string) => planesFromRaster(await reader.read(path, whole));
  const pair = await reader.kept(name, async () => {
    const { candidates, jpeg } = data;
    const options = { patchPx: sidePx, augment: false, candidates, ...(jpeg ? { jpeg } : {}) };
    const { y, x0 } = await draw(own, options);
    return stacked([rasterFromPlanes(y), rasterFromPlanes(x0)]);
  });
  const { deconvolve, version } = DECONVOLVERS[deconvolved.deconvolver];
  const deconvolutionKey = `${name} deconvolution ${deconvolved.deconvolver} ${version}`;
  const deconvolution = () =>
    reader.kept(deconvolutionKey, async () => rasterFromPlanes(await deconvolve(await planesOf(pair))));
  return {
    pair,
    deconvolution,
    motion: (network) =>
      reader.kept(`${network.seesDeconvolution ? deconvolutionKey : name} ${network.key}`, async () => {
        const hint = network.seesDeconvolution ? await planesOf(await deconvolution()) : null;
        return rasterFromPlanes(await network.restore(await planesOf(pair), hint));
      }),
  };
}

/** Pictures of one size, one below the other. */
function stacked(parts: readonly Raster[]): Raster {
  const { width, height, data } = parts[0]!;
  const bytes = new Uint8Array(parts.length * data.length);
  for (const [i, part] of parts.entries()) bytes.set(part.data, i * data.length);
  return { width, height: parts.length * height, channels: 3, data: bytes };
}

/** Of the pictures in a patch's `y`: the photo, what stands for its deconvolution, and with `beside` the deconvolution. */
export const imagesSeen = (motion: SceneMotion | undefined): number => (motion?.beside ? 3 : 2);

/** `y` holds as many pictures as `imagesSeen` says, three channels each. `rng` is the patch's own. */
export async function drawDeconvolved(reader: SceneReader, from: Scenes, rng: Rng): Promise<PatchPair> {
  const { data, deconvolved, motion } = from;
  const { sidePx } = deconvolved;
  const scene = await keptScene(reader, from, rng.fork("scene").integer(deconvolved.scenes));
  const within = rng.fork("place");
  const offset = (axis: string) => within.fork(axis).integer(sidePx - data.patchPx + 1);
  const [left, top] = [offset("left"), offset("top")];
  const part = async (path: string, row = 0): Promise<Planes> => {
    const rect: Rect = { left, top: row * sidePx + top, width: data.patchPx, height: data.patchPx };
    return planesFromRaster(await reader.read(path, rect));
  };
  const plain = rng.fork("plain").uniform() < deconvolved.plain;
  const hints = [
    ...(motion ? [await scene.motion(motion)] : []),
    ...(motion && !motion.beside ? [] : [await scene.deconvolution()]),
  ];
  const [x0, ...pictures] = await Promise.all([
    part(scene.pair, 1),
    part(scene.pair),
    ...hints.map((path) => part(plain ? scene.pair : path)),
  ]);
  const blurry = pictures[0]!;
  const y = new Float32Array(pictures.length * blurry.data.length);
  for (const [i, picture] of pictures.entries()) y.set(picture.data, i * blurry.data.length);
  const pair = { y: { ...blurry, channels: 3 * pictures.length, data: y }, x0 };
  return data.augment ? augmented(pair, rng.fork("augment")) : pair;
}
