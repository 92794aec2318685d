/** @file Sharp to blurry at random: what a training loader calls on each crop. */
import type { Rng } from "../base/random.js";
import type { Planes } from "../images/image.js";
import { type Blur, blurPlanes } from "./blur-planes.js";
import { drawBlur } from "./draw-blur.js";
import type { Kernel } from "./kernel.js";
import type { BlurRecipe } from "./recipe.js";

export { blurMargin } from "./draw-blur.js";

/** A random blur of the recipe, known afterwards. The same for the same `rng`. */
export function blurOf(sharp: Planes, recipe: BlurRecipe, rng: Rng): { blurry: Planes; blur: Blur } {
  const blur = drawBlur(recipe, sharp, rng.fork("blur"));
  return { blurry: blurPlanes(sharp, blur, rng), blur };
}

/** A random blur of the recipe, and its kernel. The same for the same `rng`. Crop `blurMargin` away from each side afterwards. */
export function degrade(sharp: Planes, recipe: BlurRecipe, rng: Rng): { blurry: Planes; kernel: Kernel } {
  const { blurry, blur } = blurOf(sharp, recipe, rng);
  return { blurry, kernel: blur.kernel };
}
