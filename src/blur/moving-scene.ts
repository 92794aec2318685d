/**
 * @file A filmed exposure of a moving camera and a moving object, made from one sharp picture: the average of a few
 * instants, as GoPro's blurry pictures are (Nah et al. 2017). Unlike with a single kernel, the motion varies over the
 * picture.
 */
import type { Planes } from "../images/image.js";

/** Path of a point in pixels over an exposure of length 1. The sharp picture is the middle of the exposure. */
export interface Motion {
  /** Displacement from the first to the last instant. */
  readonly x: number;
  readonly y: number;
  /** Distance of the path's middle from its chord, relative to the chord's length; 0 for a straight path. */
  readonly bend: number;
  /** Change of the motion from the picture's centre to half its diagonal away: [xx, xy, yx, yy] in pixels. */
  readonly gradient: readonly [number, number, number, number];
}

/** An ellipse with a soft edge that moves on its own; in pixels of the picture. */
export interface MovingObject {
  readonly centreX: number;
  readonly centreY: number;
  readonly radiusX: number;
  readonly radiusY: number;
  readonly motion: Motion;
}

export interface MovingScene {
  /** Number of averaged instants, evenly spaced over the exposure; odd, so that one is in its middle. */
  readonly instants: number;
  readonly camera: Motion;
  readonly object: MovingObject | null;
}

const EDGE_PX = 2;

/** Largest distance of any instant from the middle one, within half the diagonal: the margin that a patch needs. */
export const motionReach = (lengthPx: number, bend: number, gradientPx: number): number =>
  Math.ceil((lengthPx * (0.5 + 2 * Math.abs(bend)) + 2 * gradientPx) * 1.01) + 1;

/** Light [C, H, W] -> the average light, same size. The border is padded with its nearest pixel. */
export function exposeMovingScene(light: Planes, { instants, camera, object }: MovingScene): Planes {
  const { width, height } = light;
  const sum = new Float32Array(light.data.length);
  const read = bilinearReader(light, sum);
  for (let k = 0; k < instants; k++) {
    const t = instants === 1 ? 0 : k / (instants - 1) - 0.5;
    const { a, b, c, d, e, f } = whereFrom(camera, t, light);
    // An object moves as a whole, by the motion of its centre.
    const own = object ? whereFrom({ ...object.motion, gradient: [0, 0, 0, 0] }, t, light) : null;
    for (let y = 0, at = 0; y < height; y++)
      for (let x = 0; x < width; x++, at++) {
        const covered = object && own ? coverage(object, x + own.c, y + own.f) : 0;
        if (covered < 1) read(a * x + b * y + c, d * x + e * y + f, 1 - covered, at);
        if (covered > 0 && own) read(x + own.c, y + own.f, covered, at);
      }
  }
  for (let i = 0; i < sum.length; i++) sum[i]! /= instants;
  return { ...light, data: sum };
}

/** Coefficients of the affine map (a x + b y + c, d x + e y + f) from instant t in [-1/2, 1/2] to the sharp picture. */
function whereFrom({ x, y, bend, gradient }: Motion, t: number, { width, height }: Planes) {
  const [middleX, middleY] = [(width - 1) / 2, (height - 1) / 2];
  const [xx, xy, yx, yy] = gradient.map((pixels) => (t * pixels) / (Math.hypot(width, height) / 2)) as [
    ...Motion["gradient"],
  ];
  // Displacement at right angles to the chord: a parabola through the middle instant.
  const off = 4 * t * t * bend;
  return {
    ...{ a: 1 - xx, b: -xy, c: -(x * t - y * off) + xx * middleX + xy * middleY },
    ...{ d: -yx, e: 1 - yy, f: -(y * t + x * off) + yx * middleX + yy * middleY },
  };
}

/** 1 inside the ellipse, 0 outside, linear across the edge. */
function coverage({ centreX, centreY, radiusX, radiusY }: MovingObject, x: number, y: number): number {
  const [u, v] = [(x - centreX) / radiusX, (y - centreY) / radiusY];
  const insidePx = (1 - Math.sqrt(u * u + v * v)) * Math.min(radiusX, radiusY);
  return Math.min(Math.max(insidePx / EDGE_PX + 0.5, 0), 1);
}

/** Returns a function that adds `weight` times the bilinear sample at (x, y) to all channels of pixel `at` of `sum`. */
export function bilinearReader({ width, height, channels, data }: Planes, sum: Float32Array) {
  const size = width * height;
  const right = width > 1 ? 1 : 0;
  const down = height > 1 ? width : 0;
  const [lastX, lastY] = [width - 1, height - 1];
  // This runs ten times per pixel of a training patch, so it allocates nothing.
  return (x: number, y: number, weight: number, at: number): void => {
    const cx = x < 0 ? 0 : x > lastX ? lastX : x;
    const cy = y < 0 ? 0 : y > lastY ? lastY : y;
    const x0 = Math.max(0, Math.min(cx | 0, lastX - 1));
    const y0 = Math.max(0, Math.min(cy | 0, lastY - 1));
    const fx = cx - x0;
    const lower = weight * (cy - y0);
    const upper = weight - lower;
    for (let c = 0, from = y0 * width + x0, to = at; c < channels; c++, from += size, to += size) {
      const above = data[from]! + fx * (data[from + right]! - data[from]!);
      const below = data[from + down]! + fx * (data[from + right + down]! - data[from + down]!);
      sum[to] = sum[to]! + upper * above + lower * below;
    }
  };
}
