/** @file Fine detail against what a Gaussian does to waves, and its two forms against each other. */
import { expect, test } from "vitest";
import { createRuntime } from "../../platform/node/threads/runtime.js";
import { expectClose } from "../../test/oracle/close.js";
import { Rng } from "../base/random.js";
import { compile } from "../graph/compile.js";
import { input } from "../graph/tensor.js";
import { floatResult, floats } from "../runtime/session.js";
import { fineDetail, keepFineDetail } from "./fine-detail.js";

test("of a wave it keeps 1 - exp(-2 (pi sigma f)^2), of what is flat nothing", () => {
  const [width, height] = [80, 40];
  for (const [sigmaPx, f] of [
    [1, 0.05],
    [1.5, 0.1],
    [1.5, 0.25],
    [2, 0.05],
  ] as const) {
    const wave = (x: number) => 0.3 + Math.cos(2 * Math.PI * f * (x - width / 2));
    const data = Float32Array.from({ length: width * height }, (_, i) => wave(i % width));
    keepFineDetail({ width, height, channels: 1, data }, sigmaPx);
    const kept = 1 - Math.exp(-2 * (Math.PI * sigmaPx * f) ** 2);
    expect(data[(height / 2) * width + width / 2]!).toBeCloseTo(kept, 2);
  }
});

test("the graph's form gives the pictures' numbers, borders too", async () => {
  const shape = [2, 3, 17, 23];
  const x = input("x", shape);
  await using session = await createRuntime({ threads: 1 }).open(
    compile({ inputs: [x], outputs: { fine: fineDetail(x, 1.5) } }),
  );
  const data = Rng.fromSeed(1).normals(x.size);
  const fine = floatResult(await session.run({ x: floats(data.slice(), shape) }), "fine");
  keepFineDetail({ width: 23, height: 17, channels: 6, data }, 1.5);
  expectClose(fine, data, { rtol: 1e-5, atol: 1e-6 });
});

test("sums are those of one pixel after the other, to the bit", () => {
  const [width, height, sigmaPx] = [37, 29, 2.5];
  const data = Rng.fromSeed(2).normals(2 * width * height);
  const radius = Math.ceil(3 * sigmaPx);
  const bell = Float64Array.from({ length: 2 * radius + 1 }, (_, i) => Math.exp(-0.5 * ((i - radius) / sigmaPx) ** 2));
  const total = bell.reduce((a, b) => a + b, 0);
  const inside = (at: number, length: number) => Math.min(length - 1, Math.max(0, at));
  const mean = (valueAt: (k: number) => number) => {
    let sum = 0;
    for (let k = -radius; k <= radius; k++) sum += (bell[k + radius]! / total) * valueAt(k);
    return Math.fround(sum);
  };
  const expected = data.map((value, i) => {
    const [x, y, plane] = [i % width, Math.floor(i / width) % height, i - (i % (width * height))];
    const across = (row: number) => mean((k) => data[plane + row * width + inside(x + k, width)]!);
    return value - mean((k) => across(inside(y + k, height)));
  });
  keepFineDetail({ width, height, channels: 2, data }, sigmaPx);
  expect(data).toEqual(expected);
});
