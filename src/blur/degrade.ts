/** @file Random blur of a sharp picture, which a training loader calls for each crop. */
import type { Rng } from "../base/random.js";
import type { Planes } from "../images/image.js";
import { type Blur, blurPlanes } from "./blur-planes.js";
import { drawBlur } from "./draw-blur.js";
import type { Kernel } from "./kernel.js";
import type { BlurRecipe } from "./recipe.js";

export { blurMargin } from "./draw-blur.js";

/** Blurs with a random blur of the recipe and returns it too. The same `rng` gives the same blur. */
export function blurOf(sharp: Planes, recipe: BlurRecipe, rng: Rng): { blurry: Planes; blur: Blur } {
  const blur = drawBlur(recipe, sharp, rng.fork("blur"));
  return { blurry: blurPlanes(sharp, blur, rng), blur };
}

/**
 * Blurs with a random blur of the recipe and returns its kernel too. The same `rng` gives the same blur. Crop
 * `blurMargin` from each side afterwards.
 */
export function degrade(sharp: Planes, recipe: BlurRecipe, rng: Rng): { blurry: Planes; kernel: Kernel } {
  const { blurry, blur } = blurOf(sharp, recipe, rng);
  return { blurry, kernel: blur.kernel };
}
