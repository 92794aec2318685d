/** @file Conversion between the drawn sample and its image, with one scale and with a map of scales. */
import { describe, expect, test } from "vitest";
import { expectClose } from "../../test/oracle/close.js";
import { Rng } from "../base/random.js";
import { keepFineDetail } from "../diffusion/fine-detail.js";
import { clippedAround, drawnFromImage, imageFromDrawn } from "./diffused.js";

const [width, height] = [16, 12];
const size = width * height;
const rng = Rng.fromSeed(51);
const planes = (data: Float32Array) => ({ width, height, channels: 3, data });
const base = rng
  .fork("base")
  .uniforms(3 * size)
  .map((u) => u - 0.5);
const drawn = rng.fork("drawn").normals(3 * size);
/** Nothing on the left, 0.1 on the right. */
const map = Float32Array.from({ length: size }, (_, i) => (i % width < width / 2 ? 0 : 0.1));
const mapAt = (i: number) => map[i % size]!;

describe.each([null, 1.5])("finePx %s", (finePx) => {
  test("what is zero stays zero: the base itself, to the bit, and the draw where the map is not", () => {
    const { data } = imageFromDrawn(planes(drawn.slice()), { base, scale: map, finePx, share: 0.5 });
    const kept = planes(drawn.slice());
    if (finePx !== null) keepFineDetail(kept, finePx);
    expectClose(
      data,
      base.map((value, i) => value + 0.5 * mapAt(i) * kept.data[i]!),
      { rtol: 1e-6, atol: 1e-7 },
    );
    data.forEach((value, i) => {
      if (mapAt(i) === 0) expect(value).toBe(base[i]);
    });
    expect(data.filter((value, i) => value !== base[i]).length).toBe((3 * size) / 2);
  });

  test("a map that is one number everywhere is that number", () => {
    const from = (scale: number | Float32Array) =>
      imageFromDrawn(planes(drawn.slice()), { base, scale, finePx, share: 1 }).data;
    expect(from(new Float32Array(size).fill(0.25))).toEqual(from(0.25));
    expect(from(new Float32Array(3 * size).fill(0.25))).toEqual(from(0.25));
  });

  test("what would have to be drawn: the difference, fine or whole, over the scale; 0 where that is 0", () => {
    const image = planes(base.map((value, i) => value + 0.05 * drawn[i]!));
    const { data } = drawnFromImage(image, { base, scale: map, finePx });
    const difference = planes(image.data.map((value, i) => value - base[i]!));
    if (finePx !== null) keepFineDetail(difference, finePx);
    expectClose(
      data,
      difference.data.map((value, i) => (mapAt(i) === 0 ? 0 : value / mapAt(i))),
      { rtol: 1e-6, atol: 1e-7 },
    );
    const whole = drawnFromImage(image, { base, scale: 0.1, finePx });
    expectClose(
      whole.data,
      difference.data.map((value) => value / 0.1),
      { rtol: 1e-6, atol: 1e-6 },
    );
  });
});

describe("the range of an estimate", () => {
  const level = { signal: 0.8, noise: 0.6 };
  const limited = async (center: number, scale: number | Float32Array, estimate: number) =>
    (
      await clippedAround(Float32Array.of(center), scale, async () => Float32Array.of(estimate))(
        Float32Array.of(0),
        level,
      )
    )[0]!;

  test("base + scale * estimate is within black and white, each pixel by its scale", async () => {
    expect(await limited(0.5, Float32Array.of(0.25), 5)).toBe(2);
    expect(await limited(0.5, 0.25, 5)).toBe(2);
    expect(await limited(0.5, Float32Array.of(0.25), -7)).toBe(-6);
    expect(await limited(0.5, Float32Array.of(0.25), 1)).toBe(1);
  });

  test("a prediction beyond white does not force a small scale's estimate away from 0", async () => {
    expect(await limited(1.02, Float32Array.of(0.001), 0.5)).toBe(0);
    expect(await limited(1.02, Float32Array.of(0.001), -0.5)).toBe(-0.5);
  });

  test("no scale, no limit: nothing is not divided", async () => {
    expect(await limited(1, Float32Array.of(0), 0.5)).toBe(0.5);
    expect(await limited(1.02, Float32Array.of(0), -0.5)).toBe(-0.5);
  });
});
