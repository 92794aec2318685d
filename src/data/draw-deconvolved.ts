/**
 * @file Patches of photos together with their blind deconvolutions. Estimating blur needs much more than a patch and
 * takes seconds, so there is a fixed number of scenes, which are cached.
 */
import type { Rng } from "../base/random.js";
import { DECONVOLVERS } from "../deconvolution/deconvolvers.js";
import { residualInput } from "../deconvolution/residual.js";
import type { Rect } from "../images/crop.js";
import type { Planes, Raster } from "../images/image.js";
import { planesFromRaster, rasterFromPlanes } from "../images/pixels.js";
import type { DataConfig } from "./config.js";
import { augmented, type PatchOptions, type PatchPair, type PatchReader } from "./draw-patch.js";

/** Part of every scene's cache key; raised with every change of what scenes look like. */
const SCENE_VERSION = 6;
/** Part of every residual's cache key; raised with every change of how residuals are computed or stored. */
const RESIDUAL_VERSION = 1;

export interface SceneReader extends PatchReader {
  /** Returns the path of the cached RGB picture of `key`; `make` computes it at the first call. */
  kept(key: string, make: () => Promise<Raster>): Promise<string>;
}

/** A trained motion network in front of the predictor. Planes are "signed". */
export interface SceneMotion {
  /** Cache key of the network; differs for other weights. */
  readonly key: string;
  /** Whether the network takes the deconvolution as input, or only the photo. */
  readonly seesDeconvolution: boolean;
  /** Whether patches contain the deconvolution beside the network's result, or only the result. */
  readonly beside: boolean;
  /** Whether patches also contain the deconvolution's residual. */
  readonly residual: boolean;
  restore(photo: Planes, deconvolved: Planes | null): Promise<Planes>;
  release(): Promise<void>;
}

export interface Scenes {
  readonly data: DataConfig;
  readonly deconvolved: NonNullable<DataConfig["deconvolved"]>;
  /** Key of the scenes' inputs except their random source. */
  readonly key: string;
  /** Random source from which each scene forks its own. */
  readonly scenes: Rng;
  readonly motion?: SceneMotion | undefined;
  /** Draws a blurry picture and its sharp partner. */
  draw(rng: Rng, options: PatchOptions): Promise<PatchPair>;
}

/**
 * Paths of a scene's cached pictures. Each is cached by itself, because a change of a network or of the blur estimate
 * affects only some of them.
 */
interface KeptScene {
  /** The blurry picture with the sharp one below it. */
  readonly pair: string;
  deconvolution(): Promise<string>;
  /** In bytes of `residualBytes`. */
  residual(): Promise<string>;
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
  const { motion } = scenes;
  let both: ReturnType<typeof deconvolve> | undefined;
  const undone = async () => {
    both ??= deconvolve(await planesOf(pair), { residual: motion?.residual ?? false });
    return both;
  };
  const deconvolution = () => reader.kept(deconvolutionKey, async () => rasterFromPlanes((await undone()).deconvolved));
  return {
    pair,
    deconvolution,
    residual: () =>
      reader.kept(`${deconvolutionKey} residual ${RESIDUAL_VERSION}`, async () =>
        residualBytes((await undone()).residual!),
      ),
    motion: (network) =>
      reader.kept(`${network.seesDeconvolution ? deconvolutionKey : name} ${network.key}`, async () => {
        const hint = network.seesDeconvolution ? await planesOf(await deconvolution()) : null;
        return rasterFromPlanes(await network.restore(await planesOf(pair), hint));
      }),
  };
}

/** Joins pictures of one size, one below the other. */
function stacked(parts: readonly Raster[]): Raster {
  const { width, height, data } = parts[0]!;
  const bytes = new Uint8Array(parts.length * data.length);
  for (const [i, part] of parts.entries()) bytes.set(part.data, i * data.length);
  return { width, height: parts.length * height, channels: 3, data: bytes };
}

/**
 * Bytes of a residual as networks see it: 128 for 0, which is kept exactly, 1 and 255 for -1 and 1. A step is about a
 * quarter of one of the photo's.
 */
const residualBytes = (residual: Planes): Raster => {
  const { data, ...size } = residualInput(residual);
  return rasterFromPlanes({ ...size, data: data.map((value) => (128 + 127 * value) / 255) }, { range: "unit" });
};
/** From the bytes read as a "signed" picture. */
const residualFromBytes = (read: Planes): Planes => ({
  ...read,
  data: read.data.map((value) => (Math.round(127.5 * (value + 1)) - 128) / 127),
});
/** The residual of an unchanged photo. */
const noResidual = (read: Planes): Planes => ({ ...read, data: read.data.map(() => 0) });

/**
 * Number of pictures stacked in `y`: the photo, the motion network's result or the deconvolution, with `beside` both of
 * these, and with `residual` the residual.
 */
export const imagesSeen = (motion: SceneMotion | undefined): number =>
  2 + (motion?.beside ? 1 : 0) + (motion?.residual ? 1 : 0);

/** `y` holds `imagesSeen` pictures of three channels each. `rng` belongs to the patch. */
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
  const residual = motion?.residual ? await scene.residual() : null;
  const hints = [
    ...(motion ? [await scene.motion(motion)] : []),
    ...(motion && !motion.beside ? [] : [await scene.deconvolution()]),
  ];
  const [x0, ...pictures] = await Promise.all([
    part(scene.pair, 1),
    part(scene.pair),
    ...hints.map((path) => part(plain ? scene.pair : path)),
    ...(residual === null ? [] : [part(residual).then(plain ? noResidual : residualFromBytes)]),
  ]);
  const blurry = pictures[0]!;
  const y = new Float32Array(pictures.length * blurry.data.length);
  for (const [i, picture] of pictures.entries()) y.set(picture.data, i * blurry.data.length);
  const pair = { y: { ...blurry, channels: 3 * pictures.length, data: y }, x0 };
  return data.augment ? augmented(pair, rng.fork("augment")) : pair;
}
