/** @file Blurs a sharp picture with a known blur: the paper's eq. 1, `I_B = (K * I_S) downsampled by s + N`. */
import type { Rng } from "../base/random.js";
import type { BoundaryMode } from "../images/boundary.js";
import type { Planes } from "../images/image.js";
import { signedFromUnit, unitFromSigned } from "../images/pixels.js";
import { convolve } from "./convolve.js";
import { downsample } from "./downsample.js";
import type { Kernel } from "./kernel.js";
import { type LightCurve, lightFromUnit, unitFromLight } from "./light.js";
import { exposeMovingScene, type MovingScene } from "./moving-scene.js";
import { addGaussianNoise, addShotNoise } from "./noise.js";
import { wholeGaussian } from "./simple-kernels.js";
import { exposeTurningShake, type TurningShake } from "./turning-shake.js";

/** A blur with all its parameters known. */
export interface Blur {
  readonly kernel: Kernel;
  /** Motion during the exposure, applied before the kernel. */
  readonly scene?: MovingScene;
  /** Shake and turning of the camera, applied before the kernel. */
  readonly shake?: TurningShake;
  /** Curve that is undone before the blur. */
  readonly curve: LightCurve;
  /** Light brighter than white: pixels above `threshold` get up to `gain` times their light. */
  readonly saturation?: { readonly gain: number; readonly threshold: number };
  /** The paper's s: s x s pixels become one. */
  readonly downsample?: number;
  /** Poisson noise of the light: photons that a white pixel counts. */
  readonly photonsAtWhite?: number;
  /** Standard deviation of the Gaussian noise of the encoded values; white is 1. */
  readonly noiseSigma?: number;
  /** Smoothness of that noise, as in `addGaussianNoise`. */
  readonly noiseGrainPx?: number;
  /** Unsharp mask of the stored picture: `amount` times the difference from a Gaussian blur is added. */
  readonly sharpening?: { readonly amount: number; readonly radiusPx: number };
  readonly boundary?: BoundaryMode;
}

/**
 * sharp: [C, H, W] signed -> [C, ceil(H / s), ceil(W / s)] signed, within [-1, 1]. The order is: to light, bright
 * lights, blur, downsampling, shot noise, clipping at white, the curve, read-out noise, sharpening, clipping.
 */
export function blurPlanes(sharp: Planes, blur: Blur, rng: Rng): Planes {
  const { kernel, curve, saturation, downsample: s = 1, photonsAtWhite, noiseSigma = 0, boundary = "reflect" } = blur;
  const light = lightFromUnit(unitFromSigned(sharp), curve);
  const bright = saturation ? brightened(light, saturation) : light;
  const filmed = blur.scene ? exposeMovingScene(bright, blur.scene) : bright;
  const moved = blur.shake ? exposeTurningShake(filmed, blur.shake) : filmed;
  const blurred = downsample(convolve(moved, kernel, { boundary }), s);
  const exposed = photonsAtWhite === undefined ? blurred : addShotNoise(blurred, photonsAtWhite, rng.fork("shot"));
  const encoded = unitFromLight(clipped(exposed), curve);
  const noisy = addGaussianNoise(encoded, noiseSigma, rng.fork("noise"), blur.noiseGrainPx);
  return signedFromUnit(clipped(blur.sharpening ? sharpened(clipped(noisy), blur.sharpening) : noisy));
}

/** Unsharp mask: x + amount (x - Gaussian blur of x). */
function sharpened(planes: Planes, { amount, radiusPx }: NonNullable<Blur["sharpening"]>): Planes {
  const smooth = convolve(planes, wholeGaussian(radiusPx), { boundary: "reflect" });
  return { ...planes, data: planes.data.map((value, i) => value + amount * (value - smooth.data[i]!)) };
}

function clipped(planes: Planes): Planes {
  return { ...planes, data: planes.data.map((value) => Math.min(Math.max(value, 0), 1)) };
}

/**
 * Restores light that a file has clipped at white: a lamp and a white wall look alike in the file, but a blurred lamp
 * leaves a bright trail. Pixels whose mean over the channels is above the threshold get more light, up to `gain` times
 * at white, with the same factor in every channel, which keeps the hue. The mean decides and not the brightest channel,
 * because a clear sky is saturated in blue and is no lamp.
 */
function brightened(scene: Planes, { gain, threshold }: { gain: number; threshold: number }): Planes {
  const { channels, data } = scene;
  const size = scene.width * scene.height;
  const out = data.slice();
  for (let i = 0; i < size; i++) {
    let light = 0;
    for (let channel = 0; channel < channels; channel++) light += data[channel * size + i]! / channels;
    if (light <= threshold) continue;
    const share = (Math.min(light, 1) - threshold) / (1 - threshold);
    const factor = 1 + (gain - 1) * share * share; // quadratic: no visible edge where it begins
    for (let channel = 0; channel < channels; channel++) out[channel * size + i]! *= factor;
  }
  return { ...scene, data: out };
}
