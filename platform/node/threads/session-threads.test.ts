/** @file A session on several threads computes what one on the caller's thread computes. */
import { expect, test } from "vitest";
import { compile } from "../../../src/graph/compile.js";
import { mul } from "../../../src/graph/ops/arithmetic.js";
import { matmul } from "../../../src/graph/ops/matmul.js";
import { input } from "../../../src/graph/tensor.js";
import { floats } from "../../../src/runtime/session.js";
import { createRuntime } from "./runtime.js";
import { openOnThreads } from "./session-threads.js";

const [a, b] = [input("a", [8, 8]), input("b", [8, 8])];
const GRAPH = compile({ inputs: [a, b], outputs: { product: matmul(a, b), square: mul(a, a) } });
const matrix = (seed: number) =>
  floats(
    Float32Array.from({ length: 64 }, (_, i) => Math.sin(i * seed)),
    [8, 8],
  );
const ALONE = await createRuntime({ threads: 1 }).open(GRAPH);

test("more runs than threads wait, and each has its own result", async () => {
  const session = await openOnThreads(GRAPH, 2, { threads: 1 });
  expect(session.lanes).toBe(2);
  const feeds = [1, 2, 3, 4, 5].map((seed) => ({ a: matrix(seed), b: matrix(seed + 0.5) }));
  const results = await Promise.all(feeds.map((each) => session.run(each)));
  for (const [i, each] of feeds.entries()) expect(results[i]).toEqual(await ALONE.run(each));
  const product = floats(new Float32Array(64), [8, 8]);
  const into = await session.run(feeds[0]!, { product });
  expect(into.product).toBe(product);
  expect(product).toEqual(results[0]!.product);
  await session.release();
});

test("a run that fails says why, and the next one works", async () => {
  await using session = await openOnThreads(GRAPH, 1, { threads: 1 });
  const wrong = session.run({ a: matrix(1), b: floats(new Float32Array(4), [2, 2]) });
  await expect(wrong).rejects.toMatchObject({ code: "shape", message: expect.stringContaining('input "b"') });
  const right = { a: matrix(1), b: matrix(2) };
  expect(await session.run(right)).toEqual(await ALONE.run(right));
});

test("a graph that cannot be opened is refused, and no thread stays", async () => {
  const before = process.getActiveResourcesInfo().length;
  const broken = { ...GRAPH, model: GRAPH.model.slice(0, 40) };
  // Often: a thread that was terminated while the other one was opening the graph aborted the process now and then.
  for (let k = 0; k < 10; k++)
    await expect(openOnThreads(broken, 2, { threads: 1 })).rejects.toMatchObject({ code: "device" });
  expect(process.getActiveResourcesInfo().length).toBeLessThanOrEqual(before);
});

test("a released session's threads end, and a run after it is refused", async () => {
  const session = await openOnThreads(GRAPH, 2, { threads: 1 });
  await Promise.all([session.release(), session.release()]);
  await expect(session.run({ a: matrix(1), b: matrix(2) })).rejects.toThrow("the session was released");
});

test("the runtime shares its threads among the lanes", async () => {
  const runtime = createRuntime({ threads: 1 });
  await using alone = await runtime.open(GRAPH, { lanes: 4 });
  expect(alone.lanes ?? 1).toBe(1);
});
