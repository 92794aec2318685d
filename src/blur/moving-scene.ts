/**
 * @file What a filmed exposure of a moving camera and a moving object sees, from one sharp picture: the average of a few instants, as
 * GoPro's blurry pictures are (Nah et al. 2017). The motion differs from place to place, which no single kernel can show.
 */
import type { Planes } from "../images/image.js";

/** The path of a point in pixels over an exposure of length 1; where it is in the middle of the exposure is the sharp picture. */
export interface Motion {
  /** From the first to the last instant. */
  readonly x: number;
  readonly y: number;
  /** How far the middle of the path lies off its chord, by its length: 0 for a straight path. */
  readonly bend: number;
  /** How much more the motion is at one half of the picture's diagonal from its middle: [xx, xy, yx, yy] in pixels. */
  readonly gradient: readonly [number, number, number, number];
}

/** An ellipse with a soft edge that moves by itself, in pixels of the picture. */
export interface MovingObject {
  readonly centreX: number;
  readonly centreY: number;
  readonly radiusX: number;
  readonly radiusY: number;
  readonly motion: Motion;
}

export interface MovingScene {
  /** Instants that are averaged, evenly over the exposure; odd, so that one is its middle. */
  readonly instants: number;
  readonly camera: Motion;
  readonly object: MovingObject | null;
}

const EDGE_PX = 2;

/** The largest distance of any instant from the middle one, within half the diagonal: what a margin must hold. */
export const motionReach = (lengthPx: number, bend: number, gradientPx: number): number =>
  Math.ceil((lengthPx * (0.5 + 2 * Math.abs(bend)) + 2 * gradientPx) * 1.01) + 1;

/** Light [C, H, W] -> the average light, same size. Beyond the border the nearest pixel is seen. */
export function exposeMovingScene(light: Planes, { instants, camera, object }: MovingScene): Planes {
  const { width, height } = light;
  const sum = new Float32Array(light.data.length);
  const read = bilinearReader(light, sum);
  for (let k = 0; k < instants; k++) {
    const t = instants === 1 ? 0 : k / (instants - 1) - 0.5;
    const { a, b, c, d, e, f } = whereFrom(camera, t, light);
    // An object moves as a whole: as its own middle does.
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

/** Where pixel (x, y) of instant t, in [-1/2, 1/2], lies in the sharp picture: (a x + b y + c, d x + e y + f). Itself at t = 0. */
function whereFrom({ x, y, bend, gradient }: Motion, t: number, { width, height }: Planes) {
  const [middleX, middleY] = [(width - 1) / 2, (height - 1) / 2];
  const [xx, xy, yx, yy] = gradient.map((pixels) => (t * pixels) / (Math.hypot(width, height) / 2)) as [
    ...Motion["gradient"],
  ];
  // Off the chord at right angles: a parabola through the middle instant.
  const off = 4 * t * t * bend;
  return {
    ...{ a: 1 - xx, b: -xy, c: -(x * t - y * off) + xx * middleX + xy * middleY },
    ...{ d: -yx, e: 1 - yy, f: -(y * t + x * off) + yx * middleX + yy * middleY },
  };
}

/** 1 inside the ellipse, 0 outside, linear over the edge. */
function coverage({ centreX, centreY, radiusX, radiusY }: MovingObject, x: number, y: number): number {
  const [u, v] = [(x - centreX) / radiusX, (y - centreY) / radiusY];
  const insidePx = (1 - Math.sqrt(u * u + v * v)) * Math.min(radiusX, radiusY);
  return Math.min(Math.max(insidePx / EDGE_PX + 0.5, 0), 1);
}

/** Adds `weight` times the picture at (x, y), bilinear, to all channels of pixel `at` of `sum`. */
function bilinearReader({ width, height, channels, data }: Planes, sum: Float32Array) {
  const size = width * height;
  const right = width > 1 ? 1 : 0;
  const down = height > 1 ? width : 0;
  const [lastX, lastY] = [width - 1, height - 1];
  // No arrays on the way: this is called ten times for every pixel of a training patch.
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
