/** @file Sessions, of which never more than one is held, and none after the release; and networks that enlarge. */
import { expect, test } from "vitest";
import { createRuntime } from "../../platform/node/threads/runtime.js";
import type { CompiledGraph } from "../graph/compile.js";
import { upsampleNearest2d } from "../graph/ops/upsample-nearest.js";
import type { Network } from "../networks/network.js";
import type { Runtime, Session } from "../runtime/session.js";
import { WindowedNetwork } from "./windowed-network.js";

const identity: Network = {
  parameters: [],
  inChannels: 3,
  outChannels: 3,
  multiple: 1,
  reachPx: 0,
  forward: ({ image }) => [image],
};

/** Opens a session when it is told to, and counts those that were not released. */
function slowRuntime() {
  const waiting: (() => void)[] = [];
  const counts = { open: 0, most: 0 };
  const runtime: Runtime = {
    description: "a test's",
    async open(graph: CompiledGraph) {
      await new Promise<void>((resolve) => waiting.push(resolve));
      counts.most = Math.max(counts.most, ++counts.open);
      const release = async () => void counts.open--;
      return { graph, release, [Symbol.asyncDispose]: release, run: () => Promise.reject() } satisfies Session;
    },
  };
  const openAll = async () => {
    await new Promise((resolve) => setTimeout(resolve)); // until whoever wants one has asked
    for (const resolve of waiting.splice(0)) resolve();
  };
  return { runtime, counts, openAll };
}
const SIZE = { width: 40, height: 30 };

test("what was still being opened when its owner left is released", async () => {
  const { runtime, counts, openAll } = slowRuntime();
  const network = new WindowedNetwork(identity, new Map(), runtime, 1e6);
  const prepared = network.prepare(SIZE);
  const released = network.release();
  await openAll();
  await Promise.all([prepared, released]);
  expect(counts).toEqual({ open: 0, most: 1 });
});

test("one size is opened once, however many ask for it at the same time; another one takes its place", async () => {
  const { runtime, counts, openAll } = slowRuntime();
  const network = new WindowedNetwork(identity, new Map(), runtime, 1e6);
  for (const size of [SIZE, SIZE, { ...SIZE, width: 50 }]) {
    const both = [network.prepare(size), network.prepare(size)];
    await openAll();
    await Promise.all(both);
    expect(counts.open).toBe(1);
  }
  await network.release();
  expect(counts).toEqual({ open: 0, most: 1 });
});

test("after a failure it is tried again", async () => {
  let tries = 0;
  const { runtime, counts, openAll } = slowRuntime();
  const failing: Runtime = {
    ...runtime,
    open: (graph) => (++tries === 1 ? Promise.reject(new Error("no memory")) : runtime.open(graph)),
  };
  const network = new WindowedNetwork(identity, new Map(), failing, 1e6);
  await expect(network.prepare(SIZE)).rejects.toThrow("no memory");
  const again = network.prepare(SIZE);
  await openAll();
  await again;
  expect(counts.open).toBe(1);
  await network.release();
  expect(counts.open).toBe(0);
});

/** Enlarges by repetition; on the whole image, as attention does, or within a pixel. */
const repeating = (reachPx: number | null): Network => ({
  ...identity,
  scale: 2,
  reachPx,
  forward: ({ image }) => [upsampleNearest2d(image, 2)],
});
const PICTURE = {
  ...{ width: 301, height: 205, channels: 3 },
  data: Float32Array.from({ length: 3 * 301 * 205 }, (_, i) => Math.sin(i)),
};
const DOUBLED = Float32Array.from({ length: 4 * PICTURE.data.length }, (_, i) => {
  const [x, y] = [i % 602, Math.floor(i / 602)];
  return PICTURE.data[(y >> 1) * 301 + (x >> 1)]!;
});

test.each([
  ["exact windows", 3, 0],
  ["blended tiles", null, 1e-6], // weights that sum to 1 but for rounding
] as const)("an enlarging network in %s gives the whole picture, larger", async (_, reachPx, tolerance) => {
  await using network = new WindowedNetwork(repeating(reachPx), new Map(), createRuntime({ threads: 1 }), 100_000);
  expect(network.plan(301, 205).windows.length).toBeGreaterThan(3);
  // Memory follows the larger side: a window's result has at most about as many pixels as allowed.
  const { windowWidth, windowHeight } = network.plan(301, 205);
  expect(4 * windowWidth * windowHeight).toBeLessThanOrEqual(100_000);
  const { width, height } = PICTURE;
  const out = await network.run({ width, height, images: [PICTURE] });
  expect(out.length).toBe(DOUBLED.length);
  expect(out.reduce((worst, value, i) => Math.max(worst, Math.abs(value - DOUBLED[i]!)), 0)).toBeLessThanOrEqual(
    tolerance,
  );
});

test("a photo that fits is one window, whose attention sees all of it, as in published code", () => {
  const network = new WindowedNetwork(repeating(null), new Map(), createRuntime({ threads: 1 }), 1_000_000);
  expect(network.plan(500, 500).windows.length).toBe(1);
  expect(network.plan(500, 501).windows.length).toBe(2);
});
