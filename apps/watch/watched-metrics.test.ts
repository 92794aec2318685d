import { expect, test } from "vitest";
import { WatchedMetrics } from "./watched-metrics.js";

function logged(rows: number): WatchedMetrics {
  const metrics = new WatchedMetrics();
  for (let step = 1; step <= rows; step++) {
    const psnr = step % 100 === 0 ? { psnr: 20 + step / 100 } : {};
    metrics.add(JSON.stringify({ step, imagesSeen: 8 * step, elapsedMs: 500 * step, loss: 1 / step, ...psnr }));
  }
  return metrics;
}

test("metrics are found by their names, those of some rows only, too", () => {
  const metrics = logged(300);
  expect(metrics.names).toEqual(["loss", "psnr", "imagesPerSecond"]);
  const { x, mean } = metrics.curve("psnr", { axis: "step", points: 1000 });
  expect(x.filter((_, i) => mean[i] !== null)).toEqual([100, 200, 300]);
  expect(mean.filter((value) => value !== null)).toEqual([21, 22, 23]);
});

test("a curve over time or images has the rows of that range", () => {
  const metrics = logged(300);
  expect(metrics.curve("loss", { axis: "elapsedMs", from: 1000, to: 2000, points: 100 })).toMatchObject({
    x: [1000, 1500, 2000],
    mean: [0.5, 0.3333333, 0.25],
  });
  expect(metrics.curve("loss", { axis: "imagesSeen", from: 2393, points: 100 }).x).toEqual([2400]);
  const { x, least, greatest } = metrics.curve("loss", { axis: "step", points: 10 });
  expect([x[0], least[0], greatest[0]]).toEqual([32, 1 / 32, 1]);
});

test("throughput is images over seconds, of each bucket and across its border", () => {
  const metrics = logged(100);
  expect(metrics.curve("imagesPerSecond", { axis: "imagesSeen", points: 4 })).toMatchObject({
    x: [256, 512, 768, 800],
    mean: [16, 16, 16, 16],
  });
  metrics.add(JSON.stringify({ step: 101, imagesSeen: 808, elapsedMs: 54_000 }));
  expect(metrics.curve("imagesPerSecond", { axis: "step", from: 101, points: 9 }).mean).toEqual([2]);
});

test("pace, latest values, and lines that are none", () => {
  const metrics = logged(300);
  expect(metrics.pace).toEqual({ msPerStep: 500, imagesPerSecond: 16 });
  metrics.add('{"step": 301, "lo');
  metrics.add('"text"');
  metrics.add("null");
  expect([metrics.rows, metrics.last("step")]).toEqual([300, 300]);
  expect(metrics.recent("elapsedMs", 2)).toBe(149_750);
  metrics.clear();
  expect([metrics.rows, metrics.names, metrics.pace, metrics.last("loss")]).toEqual([0, [], null, null]);
});
