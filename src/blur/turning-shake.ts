/**
 * @file Hand shake that also turns the camera about its optical axis, so that the blur varies over the picture: the
 * rotational model of Whyte et al. 2010, "Non-uniform deblurring for shaken images". Pitch and yaw move all points
 * alike, which holds for a part of a photo and for lenses that are not wide.
 */
import { argumentError } from "../base/errors.js";
import type { Planes } from "../images/image.js";
import { shakeReach, shakeTrajectory } from "./camera-shake.js";
import type { Draws } from "./draws.js";
import { bilinearReader } from "./moving-scene.js";

/** Poses of the camera at equal intervals of time. Each array has mean 0: the sharp picture is the mean pose. */
export interface TurningShake {
  /** Displacement of the picture's middle in pixels. */
  readonly x: Float64Array;
  readonly y: Float64Array;
  /** Angle in radians, clockwise as the picture is seen (from x towards y, which points down). */
  readonly angle: Float64Array;
}

export interface TurningShakeOptions {
  /** Length of the path of the picture's middle in pixels. */
  readonly lengthPx: number;
  /** Length of the path that the turning alone gives a corner, in pixels. */
  readonly turnPx: number;
  /** Strength of direction changes, as in `ShakeOptions`. */
  readonly anxiety: number;
}

const centred = (values: Float64Array): Float64Array => {
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  return values.map((value) => value - mean);
};

/**
 * Draws the poses: two random paths (Boracchi and Foi 2012), one for x and y, one for the angle. Neighbouring poses are
 * at most half a pixel apart anywhere in a picture of this size.
 */
export function drawTurningShake(
  { lengthPx, turnPx, anxiety }: TurningShakeOptions,
  { width, height }: Pick<Planes, "width" | "height">,
  draws: Draws,
): TurningShake {
  if (!(turnPx >= 0)) throw argumentError("drawTurningShake", "turnPx must not be negative", turnPx);
  const steps = Math.ceil(2 * (lengthPx + turnPx)) + 2;
  const path = shakeTrajectory({ lengthPx, steps, anxiety }, draws);
  const turn = turnPx > 0 ? shakeTrajectory({ lengthPx: turnPx, steps, anxiety }, draws).x : new Float64Array(steps);
  const corner = Math.hypot(width, height) / 2;
  return { x: centred(path.x), y: centred(path.y), angle: centred(turn).map((pixels) => pixels / corner) };
}

/** Largest distance of any pose from the mean pose, in pixels, within half the picture's diagonal. */
export const turningReach = (lengthPx: number, turnPx: number): number => shakeReach(lengthPx) + shakeReach(turnPx);

/** Light [C, H, W] -> the average light of all poses, same size. The border is padded with its nearest pixel. */
export function exposeTurningShake(light: Planes, { x, y, angle }: TurningShake): Planes {
  const { width, height } = light;
  const [middleX, middleY] = [(width - 1) / 2, (height - 1) / 2];
  const sum = new Float32Array(light.data.length);
  const read = bilinearReader(light, sum);
  for (let k = 0; k < x.length; k++) {
    const [cos, sin] = [Math.cos(angle[k]!), Math.sin(angle[k]!)];
    for (let row = 0, at = 0; row < height; row++) {
      const down = row - middleY - y[k]!;
      for (let column = 0; column < width; column++, at++) {
        const right = column - middleX - x[k]!;
        read(middleX + cos * right + sin * down, middleY - sin * right + cos * down, 1, at);
      }
    }
  }
  for (let i = 0; i < sum.length; i++) sum[i]! /= x.length;
  return { ...light, data: sum };
}
