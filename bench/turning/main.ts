/**
 * @file Whether blur by a turning camera explains real photos better than one kernel per window:
 *
 * npx tsx bench/turning/main.ts --photos DIR --restored DIR [--match REGEX] [--side 480] [--reach 20]
 *
 * DIR of --restored has a sharp estimate of each photo under its name, with any ending: `unblur DIR --out RESTORED`.
 * Three models blur the estimate again: one kernel, one kernel for each of 2x2 windows, and one kernel for each angle of
 * a camera that turns about its optical axis (Whyte et al. 2010, as `shake` of a blur recipe makes it). Each is fitted
 * by least squares on the gradients of half of the squares of a chessboard. The figure is the share of the photo's
 * gradient power on the other half that the model leaves unexplained: the lower the better.
 */
import { readdirSync } from "node:fs";
import { join, parse } from "node:path";
import { parseArgs } from "node:util";
import { readRgb } from "../../platform/node/photos/image-file.js";
import { ExactBlockTransform } from "../../src/blur/block-transform.js";
import { projectedGradient } from "../../src/blur/fit-kernel.js";
import { lightFromUnit } from "../../src/blur/light.js";
import { powerOfTwo } from "../../src/blur/line-transform.js";
import { onSimplex } from "../../src/blur/simplex.js";
import { exposeTurningShake } from "../../src/blur/turning-shake.js";
import { cropRaster } from "../../src/images/crop.js";
import type { Planes } from "../../src/images/image.js";
import { greyPlanes, planesFromRaster } from "../../src/images/pixels.js";

const { values } = parseArgs({
  options: {
    photos: { type: "string" },
    restored: { type: "string" },
    match: { type: "string", default: "." },
    side: { type: "string", default: "480" },
    reach: { type: "string", default: "20" },
  },
});
if (!values.photos || !values.restored) throw new Error("--photos and --restored are needed: two folders");
const { photos, restored } = values;
const [side, reach] = [Number(values.side), Number(values.reach)];
const size = powerOfTwo(side + 2 * reach);
const transform = new ExactBlockTransform(size);

const ITERATIONS = 40;
const RIDGE = 1e-3;
const WINDOWS = 2;
/** Side of the chessboard's squares: larger than most blurs, so that a fit cannot know the other half. */
const SQUARE_PX = 40;
/** Displacement of a corner from one angle to the next, and the number of angles to each side. */
const TURN_STEP_PX = 1.5;
const TURNS = 3;

type Block = Float64Array;

/** Mean light of the middle of a photo, [1, side, side], after the sRGB curve; null if the photo is smaller. */
async function middle(path: string): Promise<Planes | null> {
  const raster = await readRgb(path);
  const [left, top] = [(raster.width - side) >> 1, (raster.height - side) >> 1];
  if (Math.min(left, top) < 0) return null;
  const part = cropRaster(raster, { left, top, width: side, height: side });
  return greyPlanes(lightFromUnit(planesFromRaster(part, "unit"), "srgb"));
}

/** The picture turned about its middle by `angle` radians. */
const turned = (picture: Planes, angle: number): Planes =>
  exposeTurningShake(picture, { x: Float64Array.of(0), y: Float64Array.of(0), angle: Float64Array.of(angle) });

/** Differences to the right (real part) and below (imaginary part) in a block that is zero elsewhere. */
function gradients({ data }: Planes): Block {
  const block = new Float64Array(2 * size * size);
  for (let y = 0; y + 1 < side; y++)
    for (let x = 0; x + 1 < side; x++) {
      const [from, to] = [y * side + x, 2 * (y * size + x)];
      block[to] = data[from + 1]! - data[from]!;
      block[to + 1] = data[from + side]! - data[from]!;
    }
  return block;
}

const spectrum = (block: Block): Block => {
  const copy = block.slice();
  transform.forward(copy);
  return copy;
};

/** out += a * b, or a * conj(b). */
function addProduct(out: Block, a: Block, b: Block, conjugate: boolean): void {
  const sign = conjugate ? -1 : 1;
  for (let i = 0; i < out.length; i += 2) {
    const [re, im] = [b[i]!, sign * b[i + 1]!];
    out[i]! += a[i]! * re - a[i + 1]! * im;
    out[i + 1]! += a[i]! * im + a[i + 1]! * re;
  }
}

const taps = (2 * reach + 1) ** 2;
const even = new Float64Array(taps).fill(1 / taps);
const place = (tap: number): number => {
  const [x, y] = [(tap % (2 * reach + 1)) - reach, Math.floor(tap / (2 * reach + 1)) - reach];
  return 2 * (((y + size) % size) * size + ((x + size) % size));
};
const PLACES = Int32Array.from({ length: taps }, (_, tap) => place(tap));

/** The sum over pictures of picture * its kernel. */
function blurred(pictures: readonly Block[], kernels: Float64Array): Block {
  const sum = new Float64Array(2 * size * size);
  pictures.forEach((picture, n) => {
    const kernel = new Float64Array(2 * size * size);
    for (let tap = 0; tap < taps; tap++) kernel[PLACES[tap]!] = kernels[n * taps + tap]!;
    transform.forward(kernel);
    addProduct(sum, picture, kernel, false);
  });
  transform.inverse(sum);
  return sum;
}

type Mask = (x: number, y: number) => boolean;
const inside: Mask = (x, y) => Math.min(x, y) >= reach && Math.max(x, y) < side - reach - 1;
const fitted: Mask = (x, y) => inside(x, y) && (Math.floor(x / SQUARE_PX) + Math.floor(y / SQUARE_PX)) % 2 === 0;
const heldOut: Mask = (x, y) => inside(x, y) && !fitted(x, y);

function masked(block: Block, mask: Mask): Block {
  const out = new Float64Array(block.length);
  for (let y = 0; y < side; y++)
    for (let x = 0; x < side; x++)
      if (mask(x, y)) {
        const at = 2 * (y * size + x);
        out[at] = block[at]!;
        out[at + 1] = block[at + 1]!;
      }
  return out;
}
const power = (block: Block): number => block.reduce((sum, value) => sum + value * value, 0);
const minus = (a: Block, b: Block): Block => a.map((value, i) => value - b[i]!);

/** Correlation of an error with each picture (spectra), at the kernels' places. */
function correlations(pictures: readonly Block[], error: Block): Float64Array {
  const known = spectrum(error);
  const out = new Float64Array(pictures.length * taps);
  pictures.forEach((picture, n) => {
    const product = new Float64Array(known.length);
    addProduct(product, known, picture, true);
    transform.inverse(product);
    for (let tap = 0; tap < taps; tap++) out[n * taps + tap] = product[PLACES[tap]!]!;
  });
  return out;
}

/** Kernels of pictures (spectra), together on the simplex, from `start`. */
function kernelsOf(pictures: readonly Block[], photo: Block, mask: Mask, start: Float64Array): Float64Array {
  const product = (kernels: Float64Array): Float64Array =>
    correlations(pictures, masked(blurred(pictures, kernels), mask));
  // The largest eigenvalue of the normal equations, by power iteration from an impulse in the middle of each kernel.
  let direction = Float64Array.from({ length: pictures.length * taps }, (_, i) => Number(i % taps === (taps - 1) / 2));
  let largest = 0;
  for (let i = 0; i < 8; i++) {
    const next = product(direction);
    largest = Math.sqrt(power(next));
    direction = next.map((value) => value / largest);
  }
  const kernels = start.slice();
  projectedGradient(
    kernels,
    {
      target: correlations(pictures, masked(photo, mask)),
      power: largest,
      bound: 1.3 * largest,
      multiply: (given, out) => out.set(product(given)),
    },
    { ridge: RIDGE, iterations: ITERATIONS, nearest: onSimplex },
  );
  return kernels;
}

console.log("photo                          unblurred  one kernel  2x2 windows  turning");
const files = readdirSync(restored);
for (const name of readdirSync(photos).filter((name) => new RegExp(values.match).test(name))) {
  const estimate = files.find((file) => parse(file).name.startsWith(parse(name).name));
  const photo = await middle(join(photos, name)).catch(() => null);
  const sharp = estimate && photo && (await middle(join(restored, estimate)));
  if (!photo || !sharp) {
    console.log(`${name.padEnd(30)} left out: no estimate, or smaller than ${side} px`);
    continue;
  }
  const blurry = gradients(photo);
  const whole = power(masked(blurry, heldOut));
  const left = (model: Block, mask: Mask = heldOut): number => power(masked(minus(blurry, model), mask)) / whole;
  const plain = gradients(sharp);
  const still = spectrum(plain);
  // The other two models start as the one kernel.
  const shared = kernelsOf([still], blurry, fitted, kernelsOf([still], blurry, fitted, even));
  const one = left(blurred([still], shared));
  let windows = 0;
  for (let row = 0; row < WINDOWS; row++)
    for (let column = 0; column < WINDOWS; column++) {
      const own: Mask = (x, y) =>
        Math.floor((x * WINDOWS) / side) === column && Math.floor((y * WINDOWS) / side) === row;
      const kernel = kernelsOf([still], blurry, (x, y) => own(x, y) && fitted(x, y), shared);
      windows += left(blurred([still], kernel), (x, y) => own(x, y) && heldOut(x, y));
    }
  const angle = TURN_STEP_PX / (side / Math.SQRT2);
  const angles = Array.from({ length: 2 * TURNS + 1 }, (_, i) => (i - TURNS) * angle);
  const poses = angles.map((one) => spectrum(gradients(turned(sharp, one))));
  const straight = new Float64Array(poses.length * taps);
  straight.set(shared, TURNS * taps);
  const turning = left(blurred(poses, kernelsOf(poses, blurry, fitted, straight)));
  const figures = [left(plain), one, windows, turning].map((value) => value.toFixed(4).padStart(10));
  console.log(`${name.padEnd(30)} ${figures.join("  ")}`);
}
