/** @file The loops in WebAssembly beside the same in plain JavaScript: the numbers must be the same, not only near. */
import { expect, test } from "vitest";
import { wasmOf } from "../../scripts/build-wasm.js";
import { Rng } from "../base/random.js";
import { SketchLoops } from "./sketch-loops.js";
import { SKETCH_LOOPS } from "./sketch-loops-wasm.js";

const SIZE = 32;
const FREQUENCIES = (SIZE / 2 + 1) * SIZE;

test("what is loaded was made of the text", async () => {
  expect(SKETCH_LOOPS).toBe(await wasmOf("sketch-loops"));
});

test("only steps that are large enough have a divergence", () => {
  const loops = new SketchLoops(SIZE, FREQUENCIES);
  const { block, divergence } = loops;
  block.set(Rng.fromSeed(3).uniforms(SIZE * SIZE));
  const at = (y: number, x: number) => block[((y + SIZE) % SIZE) * SIZE + ((x + SIZE) % SIZE)]!;
  for (const least of [0, 0.1, 0.4, 2]) {
    /** Differences to the right and below, of a step that is kept. */
    const step = (y: number, x: number) => {
      const [right, down] = [at(y, x + 1) - at(y, x), at(y + 1, x) - at(y, x)];
      return right * right + down * down >= least ? { right, down } : { right: 0, down: 0 };
    };
    loops.divergenceOfSteps(least);
    for (let y = 0; y < SIZE; y++)
      for (let x = 0; x < SIZE; x++) {
        const here = step(y, x);
        const expected = step(y, x - 1).right + Math.fround(step(y - 1, x).down) - here.right - here.down;
        expect(divergence[y * SIZE + x]! === Math.fround(expected), `${least}: ${y}, ${x}`).toBe(true);
      }
  }
});

test("every frequency is solved for by itself", () => {
  const loops = new SketchLoops(SIZE, FREQUENCIES);
  const { spectrum, matched, power, powers } = loops;
  for (const [i, array] of [spectrum, matched].entries()) array.set(Rng.fromSeed(i).normals(array.length));
  for (const [i, array] of [power, powers].entries()) array.set(Rng.fromSeed(i).uniforms(array.length));
  const [beta, scale] = [0.37, 1024];
  const expected = spectrum.map((value, at) => {
    const i = at >> 1;
    return (1 / (scale * (power[i]! + beta * powers[i]!))) * (matched[at]! + beta * value);
  });
  loops.solve(beta, scale);
  expect(spectrum).toEqual(expected);
});
