/** @file Draws one blur from a recipe's ranges and probabilities, and computes the margin that all its blurs need. */
import type { Rng } from "../base/random.js";
import type { Planes } from "../images/image.js";
import type { Blur } from "./blur-planes.js";
import { cameraShakeKernel, shakeReach } from "./camera-shake.js";
import { drawScene } from "./draw-scene.js";
import { between, drawsFrom } from "./draws.js";
import { identityKernel, type Kernel, kernelReach, normalisedKernel } from "./kernel.js";
import { motionReach } from "./moving-scene.js";
import { randomWalkKernel } from "./random-walk.js";
import type { BlurRecipe, KernelRecipe } from "./recipe.js";
import { defocusKernel, gaussianReach, linearMotionKernel, wholeGaussian } from "./simple-kernels.js";
import { drawTurningShake, type TurningShake, turningReach } from "./turning-shake.js";

/** Draws one of several choices by weight. */
function pick<T extends { readonly weight: number }>(choices: readonly T[], rng: Rng): T {
  let left = rng.uniform() * choices.reduce((sum, { weight }) => sum + weight, 0);
  for (const choice of choices) {
    left -= choice.weight;
    if (left < 0) return choice;
  }
  return choices.findLast(({ weight }) => weight > 0)!; // rounding may leave a remainder
}

interface KernelKind<R> {
  draw(recipe: R, rng: Rng): Kernel;
  /** Largest `kernelReach` of any kernel that `draw` gives. */
  reach(recipe: R): number;
}

/** Every kind that a recipe may name; a missing kind does not compile. */
const KINDS: { readonly [K in KernelRecipe["kind"]]: KernelKind<Extract<KernelRecipe, { kind: K }>> } = {
  "camera-shake": {
    draw: ({ lengthPx, anxiety, steps }, rng) =>
      cameraShakeKernel(
        { lengthPx: between(lengthPx, rng.fork("length")), anxiety: between(anxiety, rng.fork("anxiety")), steps },
        drawsFrom(rng),
      ),
    reach: ({ lengthPx }) => shakeReach(lengthPx[1]),
  },
  linear: {
    draw: ({ lengthPx }, rng) =>
      linearMotionKernel(between(lengthPx, rng.fork("length")), 180 * rng.fork("angle").uniform()),
    reach: ({ lengthPx }) => shakeReach(lengthPx[1]),
  },
  defocus: {
    draw: ({ radiusPx }, rng) => defocusKernel(between(radiusPx, rng.fork("radius"))),
    reach: ({ radiusPx }) => Math.ceil(radiusPx[1]),
  },
  gaussian: {
    draw: ({ blurSigmaPx }, rng) => {
      const sigma = between(blurSigmaPx, rng.fork("sigma"));
      return wholeGaussian(sigma);
    },
    reach: ({ blurSigmaPx }) => gaussianReach(blurSigmaPx[1]),
  },
  "random-walk": {
    draw: ({ sizePx }, rng) => randomWalkKernel(drawsFrom(rng), sizePx),
    reach: ({ sizePx }) => sizePx >> 1,
  },
  given: {
    draw: ({ rows }) =>
      normalisedKernel({ width: rows[0]!.length, height: rows.length, data: Float64Array.from(rows.flat()) }, "recipe"),
    reach: ({ rows }) => kernelReach({ width: rows[0]!.length, height: rows.length }),
  },
  none: { draw: () => identityKernel, reach: () => 0 },
};

const kindOf = <R extends KernelRecipe>({ kind }: R): KernelKind<R> => KINDS[kind] as unknown as KernelKind<R>;

/** Draws a kernel of the recipe. */
function drawKernel(recipe: BlurRecipe, rng: Rng): Kernel {
  const chosen = pick(recipe.kernels, rng.fork("kind"));
  return kindOf(chosen).draw(chosen, rng.fork("kernel"));
}

const drawShake = (
  { lengthPx, turnPx, anxiety }: NonNullable<BlurRecipe["shake"]>,
  size: Pick<Planes, "width" | "height">,
  rng: Rng,
): TurningShake =>
  drawTurningShake(
    {
      lengthPx: between(lengthPx, rng.fork("length")),
      turnPx: between(turnPx, rng.fork("turn")),
      anxiety: between(anxiety, rng.fork("anxiety")),
    },
    size,
    drawsFrom(rng),
  );

/** Draws a blur of the recipe for a picture of this size. The same `rng` gives the same blur. */
export function drawBlur(recipe: BlurRecipe, size: Pick<Planes, "width" | "height">, rng: Rng): Blur {
  const { scene, shake, saturation, shotNoise, noiseSigma, noiseGrainPx, sharpening, light, downsample } = recipe;
  const happens = (probability: number, purpose: string) => rng.fork(purpose).uniform() < probability;
  const moves = scene !== undefined && happens(scene.probability, "scene?");
  const turns = !moves && shake !== undefined && happens(shake.probability, "shake?");
  return {
    ...(moves
      ? { kernel: identityKernel, scene: drawScene(scene, size, rng.fork("scene")) }
      : turns
        ? { kernel: identityKernel, shake: drawShake(shake, size, rng.fork("shake")) }
        : { kernel: drawKernel(recipe, rng) }),
    curve: pick(light, rng.fork("light")).curve,
    downsample,
    noiseSigma: between(noiseSigma, rng.fork("noise")),
    ...(saturation && happens(saturation.probability, "saturated?")
      ? { saturation: { gain: between(saturation.gain, rng.fork("gain")), threshold: saturation.threshold } }
      : {}),
    ...(shotNoise && happens(shotNoise.probability, "shot?")
      ? { photonsAtWhite: between(shotNoise.photonsAtWhite, rng.fork("photons")) }
      : {}),
    ...(noiseGrainPx ? { noiseGrainPx: between(noiseGrainPx, rng.fork("grain")) } : {}),
    ...(sharpening && happens(sharpening.probability, "sharpened?")
      ? {
          sharpening: {
            amount: between(sharpening.amount, rng.fork("amount")),
            radiusPx: between(sharpening.radiusPx, rng.fork("radius")),
          },
        }
      : {}),
  };
}

/** Largest `kernelReach` of any kernel that the recipe draws, whether or not scenes or shakes reach further. */
export const kernelsReach = ({ kernels }: BlurRecipe): number =>
  Math.max(...kernels.filter(({ weight }) => weight > 0).map((kernel) => kindOf(kernel).reach(kernel)));

/**
 * Margin of sharp pixels around a patch that its blurry pixels depend on: degrade a crop that is larger by this at each
 * side, then cut the margin off. With downsampling by s it is a multiple of s, and margin / s is cut off the blurry
 * picture.
 */
export function blurMargin(recipe: BlurRecipe): number {
  const { scene, shake, sharpening } = recipe;
  const reach = Math.max(
    kernelsReach(recipe),
    scene && scene.probability > 0 ? motionReach(scene.lengthPx[1], scene.bend[1], scene.gradientPx[1]) : 0,
    shake && shake.probability > 0 ? turningReach(shake.lengthPx[1], shake.turnPx[1]) : 0,
  );
  const mask = sharpening && sharpening.probability > 0 ? gaussianReach(sharpening.radiusPx[1]) : 0;
  return Math.ceil(reach / recipe.downsample + mask) * recipe.downsample;
}
