/**
 * @file Prepares one scene of a training set: the blurry and the sharp picture, blind deconvolution of the blurry one,
 * its residual, and the motion network's output. Each is stored separately, so an interruption costs little, and a
 * change of a network or of the blur estimate invalidates only some of them.
 */

import type { PatchPair } from "../data/draw-patch.js";
import { residualBytes } from "../data/scenes.js";
import type { DeconvolverName } from "../deconvolution/deconvolver-name.js";
import { DECONVOLVERS } from "../deconvolution/deconvolvers.js";
import { residualInput } from "../deconvolution/residual.js";
import type { Planes, Raster } from "../images/image.js";
import { planesFromRaster, rasterFromPlanes } from "../images/pixels.js";
import { yieldToDeconvolution } from "../restoration/yield-to-deconvolution.js";

export const SCENE_PARTS = ["blurry", "sharp", "deconvolved", "residual", "motion"] as const;
export type ScenePart = (typeof SCENE_PARTS)[number];

/** A trained motion network in front of the predictor. Planes are "signed". */
export interface SceneMotion {
  /** The network takes the deconvolution as input, not only the photo. */
  readonly takesDeconvolution: boolean;
  /** Patches contain the deconvolution in addition to the network's result. */
  readonly withDeconvolution: boolean;
  /** Patches also contain the deconvolution's residual. */
  readonly residual: boolean;
  /** The network's picture yields to the deconvolution where the estimates of the blur agree. */
  readonly yields: boolean;
  restore(photo: Planes, deconvolved: Planes | null): Promise<Planes>;
}
type Shown = Pick<SceneMotion, "withDeconvolution" | "residual">;

/**
 * Returns the parts that a patch stacks, in the order of its channels: the photo, then the pictures derived from it.
 */
export const inputParts = (motion: Shown | undefined): readonly ["blurry", ...Exclude<ScenePart, "sharp">[]] => [
  "blurry",
  ...(motion ? (["motion"] as const) : []),
  ...(motion && !motion.withDeconvolution ? [] : (["deconvolved"] as const)),
  ...(motion?.residual ? (["residual"] as const) : []),
];

/** The pictures of one scene, RGB. */
export interface SceneStore {
  /** Null where it is missing. */
  load(part: ScenePart): Promise<Raster | null>;
  save(part: ScenePart, picture: Raster): Promise<void>;
}

export interface ScenePreparation {
  readonly store: SceneStore;
  readonly deconvolver: DeconvolverName;
  readonly motion: SceneMotion | undefined;
  /** Draws the blurry picture and its sharp partner. */
  draw(): Promise<PatchPair>;
}

/** Computes and saves the parts of a scene that patches need and that are missing. */
export async function prepareScene({ store, deconvolver, motion, draw }: ScenePreparation): Promise<void> {
  let [blurry, sharp] = [await store.load("blurry"), await store.load("sharp")];
  if (!blurry || !sharp) {
    const { y, x0 } = await draw();
    [blurry, sharp] = [rasterFromPlanes(y), rasterFromPlanes(x0)];
    await store.save("sharp", sharp);
    await store.save("blurry", blurry);
  }
  const photo = planesFromRaster(blurry); // every part is computed from the stored bytes
  let result: ReturnType<(typeof DECONVOLVERS)[DeconvolverName]["deconvolve"]> | undefined;
  const deconvolution = () => {
    result ??= DECONVOLVERS[deconvolver].deconvolve(photo, { residual: motion?.residual ?? false });
    return result;
  };
  const made = async (part: ScenePart, make: () => Promise<Raster>): Promise<Raster> => {
    const known = await store.load(part);
    if (known) return known;
    const picture = await make();
    await store.save(part, picture);
    return picture;
  };
  const deconvolved = () => made("deconvolved", async () => rasterFromPlanes((await deconvolution()).deconvolved));
  const wanted = inputParts(motion);
  if (wanted.includes("residual"))
    await made("residual", async () => residualBytes(residualInput((await deconvolution()).residual!)));
  if (wanted.includes("deconvolved")) await deconvolved();
  if (motion)
    await made("motion", async () => {
      const hint = motion.takesDeconvolution || motion.yields ? planesFromRaster(await deconvolved()) : null;
      const picture = await motion.restore(photo, motion.takesDeconvolution ? hint : null);
      const confidence = motion.yields ? (await deconvolution()).confidence : null;
      if (confidence) yieldToDeconvolution(picture, { photo, deconvolved: hint!, confidence });
      return rasterFromPlanes(picture);
    });
}
