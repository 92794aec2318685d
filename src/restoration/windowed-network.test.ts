/** @file Who holds sessions: never more than one, and none after the release. */
import { expect, test } from "vitest";
import type { CompiledGraph } from "../graph/compile.js";
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
