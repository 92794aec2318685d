import { expect, test } from "vitest";
import { Rng } from "../base/random.js";
import { toneError } from "../evaluation/metrics/tone-error.js";
import type { Planes } from "../images/image.js";
import { runningMean } from "../images/running-mean.js";
import { keepTone } from "./keep-tone.js";

const [width, height] = [300, 200];

const planes = (value: (x: number, y: number, i: number) => number): Planes => ({
  width,
  height,
  channels: 1,
  data: Float32Array.from({ length: width * height }, (_, i) => value(i % width, Math.floor(i / width), i)),
});

const levels = ({ data }: Planes) => ({
  width,
  height,
  channels: 1,
  data: Float64Array.from(data, (v) => 127.5 * (v + 1)),
});

test("a running mean is the mean over mirrored neighbours, written out", () => {
  const [w, h, reach] = [5, 4, 3];
  const data = Rng.fromSeed(1).normals(w * h);
  const at = (i: number, n: number) => (i < 0 ? -1 - i : i >= n ? 2 * n - 1 - i : i);
  const expected = Array.from(data, (_, i) => {
    let sum = 0;
    for (let dy = -reach; dy <= reach; dy++)
      for (let dx = -reach; dx <= reach; dx++) sum += data[at(Math.floor(i / w) + dy, h) * w + at((i % w) + dx, w)]!;
    return sum / (2 * reach + 1) ** 2;
  });
  const actual = data.slice();
  runningMean({ width: w, height: h, data: actual }, reach);
  expect(Math.max(...expected.map((value, i) => Math.abs(value - actual[i]!)))).toBeLessThan(1e-6);
});

test("a shift and a slow drift of tone are taken back, detail stays", () => {
  const noise = Rng.fromSeed(2).normals(width * height);
  const photo = planes((x, y) => 0.3 * Math.sin(x / 80) * Math.cos(y / 90));
  const detail = planes((_x, _y, i) => photo.data[i]! + 0.1 * noise[i]!);
  const restored = planes((x, _y, i) => detail.data[i]! + 0.1 + 0.05 * Math.cos((Math.PI * (x + 0.5)) / width));
  expect(toneError(levels(restored), levels(detail))).toBeGreaterThan(10);
  keepTone(restored, photo);
  const error = toneError(levels(restored), levels(photo));
  expect(error, `${error} levels`).toBeLessThan(1.5);
  let [kept, all] = [0, 0];
  for (let i = 0; i < noise.length; i++) {
    kept += (restored.data[i]! - photo.data[i]!) * 0.1 * noise[i]!;
    all += (0.1 * noise[i]!) ** 2;
  }
  expect(kept / all).toBeCloseTo(1, 1);
});
