/** @file Windows that are computed at the same time. What a window is given and keeps: see windows.test.ts. */
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { inWindows } from "./in-windows.js";
import { planTiles } from "./windows.js";

const PICTURE = {
  ...{ width: 70, height: 41, channels: 2 },
  data: Float32Array.from({ length: 2 * 70 * 41 }, (_, i) => Math.sin(i)),
};
const PLAN = planTiles(PICTURE.width, PICTURE.height, { sidePx: 16, overlapPx: 5 });

/** Doubles the picture tile by tile; later tiles are faster. `broken`: the tile that fails. */
function doubled(lanes: number, { broken, signal }: { broken?: number; signal?: AbortSignal } = {}) {
  const counts = { begun: 0, running: 0, most: 0 };
  const { width, height } = PICTURE;
  const whole = { width, height, inputs: [[PICTURE]], outChannels: 2, lanes, signal };
  const result = inWindows(PLAN, whole, async ([tile]) => {
    const turn = counts.begun++;
    counts.most = Math.max(counts.most, ++counts.running);
    await sleep(3 * (lanes - (turn % lanes)));
    counts.running--;
    if (turn === broken) throw new Error(`tile ${turn}`);
    return Float32Array.from(tile!.data as Float32Array, (value) => 2 * value);
  });
  return { result, counts };
}

test("tiles at the same time give bit for bit what one after the other gives", async () => {
  const alone = await doubled(1).result;
  expect(Math.max(...alone.map((value, i) => Math.abs(value - 2 * PICTURE.data[i]!)))).toBeLessThan(1e-6);
  for (const lanes of [2, 3, 100]) {
    const { result, counts } = doubled(lanes);
    expect(await result).toEqual(alone);
    expect(counts).toMatchObject({ begun: PLAN.windows.length, most: Math.min(lanes, PLAN.windows.length) });
  }
});

test("after a failure or a stop no tile is begun, and none is being computed", async () => {
  const { result, counts } = doubled(3, { broken: 4 });
  await expect(result).rejects.toThrow("tile 4");
  expect(counts).toMatchObject({ running: 0, begun: 7 }); // those that were begun when the tile failed
  const stop = new AbortController();
  const stopped = doubled(3, { signal: stop.signal });
  stop.abort();
  await expect(stopped.result).rejects.toMatchObject({ code: "cancelled" });
  expect(stopped.counts.running).toBe(0);
  expect(stopped.counts.begun).toBeLessThan(PLAN.windows.length);
});
