/**
 * @file Motion kernels from a random walk in three dimensions, as in the image restoration toolbox KAIR
 * (`blurkernel_synthesis`, after Boracchi and Foi): a body drifts and turns, and its path is counted on a small grid.
 */
import { argumentError } from "../base/errors.js";
import type { Draws } from "./draws.js";
import { type Kernel, kernelProduct, normalisedKernel } from "./kernel.js";
import { gaussianKernel } from "./simple-kernels.js";

const STEPS = 250;

type Vector = readonly [number, number, number];
const add = (a: Vector, b: Vector, scale = 1): Vector => [
  a[0] + scale * b[0],
  a[1] + scale * b[1],
  a[2] + scale * b[2],
];

/** v rotated about the x, then the y, then the z axis. */
function rotated([x, y, z]: Vector, [a, b, c]: Vector): Vector {
  const [y1, z1] = [y * Math.cos(a) - z * Math.sin(a), y * Math.sin(a) + z * Math.cos(a)];
  const [x2, z2] = [x * Math.cos(b) + z1 * Math.sin(b), -x * Math.sin(b) + z1 * Math.cos(b)];
  return [x2 * Math.cos(c) - y1 * Math.sin(c), x2 * Math.sin(c) + y1 * Math.cos(c), z2];
}

/** First two coordinates of a walk whose velocity and rotation change less and less. */
function walk(draws: Draws): { x: Float64Array; y: Float64Array } {
  const normals = (): Vector => [draws.normal(), draws.normal(), draws.normal()];
  const [x, y] = [new Float64Array(STEPS), new Float64Array(STEPS)];
  let velocity = normals();
  let turn: Vector = [0, 0, 0];
  let position: Vector = [0, 0, 0];
  for (let t = 1; t < STEPS; t++) {
    const push = add(turn, normals(), 1 / (t + 1));
    turn = add(turn, push, (2 * Math.PI) / STEPS);
    velocity = add(velocity, normals(), 1 / (t + 1));
    position = add(position, rotated(velocity, turn));
    [x[t], y[t]] = [position[0], position[1]];
  }
  return { x, y };
}

/**
 * Histogram of the positions on a size x size grid over their range, without the last row and column, smoothed a little
 * and normalised to sum 1.
 */
function gridOf(axes: { x: Float64Array; y: Float64Array }, size: number): Kernel {
  const cell = (axis: Float64Array) => {
    const least = axis.reduce((a, b) => Math.min(a, b));
    const range = axis.reduce((a, b) => Math.max(a, b)) - least;
    return axis.map((value) => Math.floor(((value - least) / range) * size));
  };
  const [columns, rows] = [cell(axes.x), cell(axes.y)];
  const data = new Float64Array(size * size);
  for (let t = 0; t < STEPS; t++)
    if (columns[t]! < size - 1 && rows[t]! < size - 1) data[rows[t]! * size + columns[t]!]! += 1;
  const full = kernelProduct({ width: size, height: size, data }, gaussianKernel(3, 1));
  return normalisedKernel(centred(full, size), "randomWalkKernel");
}

/** The kernel cropped, or padded with zeros, around its middle to size x size. */
function centred({ width, height, data }: Kernel, size: number): Kernel {
  const [left, top] = [(width - size) >> 1, (height - size) >> 1];
  const out = Float64Array.from({ length: size * size }, (_, i) => {
    const [x, y] = [left + (i % size), top + Math.floor(i / size)];
    return x >= 0 && x < width && y >= 0 && y < height ? data[y * width + x]! : 0;
  });
  return { width: size, height: size, data: out };
}

/** The kernel enlarged by bilinear interpolation with pixel centres at halves. */
function enlarged({ width, height, data }: Kernel, toWidth: number, toHeight: number): Kernel {
  const at = (i: number, to: number, from: number) => Math.min(Math.max(((i + 0.5) * from) / to - 0.5, 0), from - 1);
  const out = Float64Array.from({ length: toWidth * toHeight }, (_, i) => {
    const [x, y] = [at(i % toWidth, toWidth, width), at(Math.floor(i / toWidth), toHeight, height)];
    const [x0, y0] = [Math.floor(x), Math.floor(y)];
    const [x1, y1] = [Math.min(x0 + 1, width - 1), Math.min(y0 + 1, height - 1)];
    const row = (y: number) => data[y * width + x0]! * (x0 + 1 - x) + data[y * width + x1]! * (x - x0);
    return row(y0) * (y0 + 1 - y) + row(y1) * (y - y0);
  });
  return { width: toWidth, height: toHeight, data: out };
}

/**
 * [size, size]. Usually a thin path of 5 to 27 pixels in the middle; one in four is enlarged up to five times and
 * cropped.
 */
export function randomWalkKernel(draws: Draws, size = 37): Kernel {
  if (!Number.isInteger(size) || size < 5) throw argumentError("randomWalkKernel", "size must be 5 or more", size);
  const axes = walk(draws);
  const drawn = Math.round(Math.min(5 - Math.log(draws.uniform()) / 0.15, 27));
  const thin = centred(gridOf(axes, drawn + 1 - (drawn % 2)), size);
  if (draws.uniform() >= 0.25) return normalisedKernel(thin, "randomWalkKernel");
  const grow = () => size + Math.floor(draws.uniform() * (4 * size + 1));
  const cut = centred(enlarged(thin, grow(), grow()), size);
  const sum = cut.data.reduce((a, b) => a + b, 0);
  // The middle of the path may be empty, which leaves hardly any light.
  const kernel = sum < 0.1 ? gaussianKernel(size, 0.1 + 6 * draws.uniform()) : cut;
  return normalisedKernel(kernel, "randomWalkKernel");
}
