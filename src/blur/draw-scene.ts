/** @file Draws a moving scene of a recipe: the motion of the camera and of an object. */
import type { Rng } from "../base/random.js";
import type { Planes } from "../images/image.js";
import { between } from "./draws.js";
import type { Motion, MovingScene } from "./moving-scene.js";
import type { BlurRecipe } from "./recipe.js";

type SceneRecipe = NonNullable<BlurRecipe["scene"]>;

/** Draws a motion in any direction. */
function drawMotion({ lengthPx, bend, gradientPx }: SceneRecipe, rng: Rng): Motion {
  const length = between(lengthPx, rng.fork("length"));
  const angle = 2 * Math.PI * rng.fork("angle").uniform();
  const gradient = between(gradientPx, rng.fork("gradient")) / Math.SQRT2;
  const part = (i: number) => gradient * (2 * rng.fork("gradient-part").uniform(i) - 1);
  return {
    x: length * Math.cos(angle),
    y: length * Math.sin(angle),
    bend: between(bend, rng.fork("bend")) * (rng.fork("side").uniform() < 0.5 ? -1 : 1),
    gradient: [part(0), part(1), part(2), part(3)],
  };
}

/** Draws the scene for a picture of this size. The same `rng` gives the same scene. */
export function drawScene(
  recipe: SceneRecipe,
  { width, height }: Pick<Planes, "width" | "height">,
  rng: Rng,
): MovingScene {
  const object = rng.fork("object");
  const radius = (name: string) => between([0.06, 0.3], object.fork(name)) * Math.min(width, height);
  return {
    instants: 2 * Math.round((between(recipe.instants, rng.fork("instants")) - 1) / 2) + 1,
    camera: drawMotion(recipe, rng.fork("camera")),
    object:
      object.fork("is there?").uniform() < recipe.object
        ? {
            centreX: object.fork("x").uniform() * width,
            centreY: object.fork("y").uniform() * height,
            radiusX: radius("wide"),
            radiusY: radius("high"),
            motion: drawMotion(recipe, object.fork("motion")),
          }
        : null,
  };
}
