/**
 * @file Patches of prepared scenes. Blind deconvolution needs much more of a photo than a patch and takes seconds, so
 * there is a fixed number of scenes, which `unblur prepare` computes beforehand and writes as pictures.
 */
import type { Rng } from "../base/random.js";
import type { Rect } from "../images/crop.js";
import type { Planes, Raster } from "../images/image.js";
import { planesFromRaster, rasterFromPlanes } from "../images/pixels.js";
import type { DataConfig } from "./config.js";
import { augmented, type PatchPair, type PatchReader } from "./draw-patch.js";

/** A picture of every scene: its folder, and how its bytes are read. */
export interface ScenePicture {
  readonly folder: string;
  readonly kind: "photo" | "restored" | "residual";
}

/** Folders of the scenes' pictures, as plain data. */
export interface PreparedScenes {
  /** Folder of the sharp pictures. */
  readonly sharp: string;
  /** Pictures that a patch stacks in `y`, in the order of its channels; the first is the blurry photo. */
  readonly inputs: readonly [ScenePicture, ...ScenePicture[]];
}

/** File name of a scene's picture, the same in each folder. */
export const sceneFile = (scene: number): string => `${String(scene).padStart(5, "0")}.png`;

/**
 * Encodes a residual as network input ("signed") in bytes: 128 for 0, which is exact, 1 and 255 for -1 and 1. A step is
 * about a quarter of one of the photo's.
 */
export const residualBytes = ({ data, ...size }: Planes): Raster =>
  rasterFromPlanes({ ...size, data: data.map((value) => (128 + 127 * value) / 255) }, { range: "unit" });
/** Residual from bytes that were read as a "signed" picture. */
const residualFromBytes = (read: Planes): Planes => ({
  ...read,
  data: read.data.map((value) => (Math.round(127.5 * (value + 1)) - 128) / 127),
});
/** The residual of an unchanged photo. */
const noResidual = (read: Planes): Planes => ({ ...read, data: read.data.map(() => 0) });

/**
 * Draws a patch of a random scene; `y` holds the pictures of `scenes.inputs`, of three channels each. A share of
 * patches (`plain`) has the photo in place of all derived pictures. `rng` belongs to the patch.
 */
export async function drawFromScenes(
  reader: PatchReader,
  data: DataConfig & { readonly deconvolved: NonNullable<DataConfig["deconvolved"]> },
  scenes: PreparedScenes,
  rng: Rng,
): Promise<PatchPair> {
  const { sidePx, scenes: count, plain: plainShare } = data.deconvolved;
  const file = sceneFile(rng.fork("scene").integer(count));
  const within = rng.fork("place");
  const offset = (axis: string) => within.fork(axis).integer(sidePx - data.patchPx + 1);
  const rect: Rect = { left: offset("left"), top: offset("top"), width: data.patchPx, height: data.patchPx };
  const part = async (folder: string) => planesFromRaster(await reader.read(`${folder}/${file}`, rect));
  const plain = rng.fork("plain").uniform() < plainShare;
  const [photo] = scenes.inputs;
  const picture = async ({ folder, kind }: ScenePicture): Promise<Planes> => {
    if (kind === "residual") return (plain ? noResidual : residualFromBytes)(await part(folder));
    return part(plain ? photo.folder : folder);
  };
  const [x0, blurry, ...made] = await Promise.all([part(scenes.sharp), ...scenes.inputs.map(picture)] as const);
  const pictures = [blurry!, ...made];
  const y = new Float32Array(pictures.length * blurry!.data.length);
  for (const [i, one] of pictures.entries()) y.set(one.data, i * blurry!.data.length);
  const pair = { y: { ...blurry!, channels: 3 * pictures.length, data: y }, x0 };
  return data.augment ? augmented(pair, rng.fork("augment")) : pair;
}
