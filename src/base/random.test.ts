import { describe, expect, test } from "vitest";
import { Rng, threefry2x32 } from "./random.js";

const block = (k0: number, k1: number, c0: number, c1: number): string[] => {
  const out = new Uint32Array(2);
  threefry2x32(k0, k1, c0, c1, out);
  return [...out].map((word) => word.toString(16).padStart(8, "0"));
};

describe("Threefry-2x32-20", () => {
  // Known answers published with Random123 (kat_vectors).
  test.each([
    [0, 0, 0, 0, ["6b200159", "99ba4efe"]],
    [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, ["1cb996fc", "bb002be7"]],
    [0x13198a2e, 0x03707344, 0x243f6a88, 0x85a308d3, ["c4923a9c", "483df7a0"]],
  ])("key %i %i counter %i %i", (k0, k1, c0, c1, expected) => {
    expect(block(k0, k1, c0, c1)).toEqual(expected);
  });
});

describe("Rng", () => {
  const rng = Rng.fromSeed(7).fork("eps", 3);

  test("any part of a stream can be drawn by itself", () => {
    const whole = rng.normals(101);
    for (const [start, count] of [
      [0, 1],
      [1, 1],
      [13, 40],
      [50, 51],
    ] as const) {
      expect(rng.normals(count, start)).toEqual(whole.slice(start, start + count));
    }
    expect(Math.fround(rng.normal(17))).toBe(whole[17]);
  });

  test("forks by name, by number and by order differ", () => {
    const first = (r: Rng) => r.uniform();
    const values = [
      rng,
      rng.fork("a"),
      rng.fork("b"),
      rng.fork(0),
      rng.fork(1),
      rng.fork("a", "b"),
      rng.fork("b", "a"),
    ];
    expect(new Set(values.map(first)).size).toBe(values.length);
  });

  test("uniforms are under 1 where the word is the largest there is", () => {
    const position = 82_824_146; // the first one of this stream
    const ones = Rng.fromSeed(1);
    expect(Math.fround(ones.uniform(position))).toBe(1);
    expect(ones.uniforms(1, position)[0]).toBe(1 - 2 ** -24);
  });

  test("normals have mean 0, variance 1, kurtosis 3 within 5 standard errors", () => {
    const n = 200_000;
    const x = rng.normals(n);
    const moment = (k: number) => x.reduce((sum, value) => sum + value ** k, 0) / n;
    expect(Math.abs(moment(1))).toBeLessThan(5 / Math.sqrt(n));
    expect(Math.abs(moment(2) - 1)).toBeLessThan(5 * Math.sqrt(2 / n));
    expect(Math.abs(moment(4) - 3)).toBeLessThan(5 * Math.sqrt(96 / n));
  });

  test("a permutation holds each index once", () => {
    expect([...rng.permutation(1000)].sort((a, b) => a - b)).toEqual(Array.from({ length: 1000 }, (_, i) => i));
  });
});
