/** @file Sessions in a worker that is terminated in between, with simulated workers. */
import { afterEach, expect, test, vi } from "vitest";
import type { SessionPosted } from "./session-messages.js";
import { createWorkerRuntime } from "./worker-runtime.js";

/** Answers every call immediately; the results are the feeds. */
class PlayedWorker extends EventTarget {
  static readonly all: PlayedWorker[] = [];
  static failingLoads = 0;
  readonly kinds: string[] = [];
  terminated = false;
  #sessions = 0;
  constructor() {
    super();
    PlayedWorker.all.push(this);
  }
  postMessage(call: SessionPosted): void {
    this.kinds.push(call.kind);
    if (this.terminated || (call.kind === "run" && call.feeds.hang)) return;
    const failed = call.kind === "load" && PlayedWorker.failingLoads > 0;
    if (failed) PlayedWorker.failingLoads--;
    const values = {
      load: () => ({ description: "played" }),
      open: () => ({ session: ++this.#sessions, description: "played" }),
      run: () => (call as { feeds: unknown }).feeds,
      release: () => null,
    };
    const answer = failed
      ? { id: call.id, error: { code: "file", message: "no network" } }
      : { id: call.id, value: values[call.kind]() };
    queueMicrotask(() => this.dispatchEvent(new MessageEvent("message", { data: answer })));
  }
  terminate(): void {
    this.terminated = true;
  }
}

afterEach(() => {
  vi.unstubAllGlobals();
  PlayedWorker.all.length = 0;
  PlayedWorker.failingLoads = 0;
});

const start = () => {
  vi.stubGlobal("Worker", PlayedWorker);
  return createWorkerRuntime("wasm", { folder: "/", bytes: {} });
};
const graph = { model: new Uint8Array(), inputs: [], outputs: [] } as never;
const hang = { hang: { dtype: "float32", shape: [1], data: new Float32Array(1) } } as const;

test("a session reopens by itself after a stop, once for all callers", async () => {
  const runtime = await start();
  const [first, second] = [await runtime.open(graph), await runtime.open(graph)];
  const running = first.run(hang);
  runtime.stop();
  await expect(running).rejects.toMatchObject({ code: "cancelled" });
  expect(PlayedWorker.all.map(({ terminated }) => terminated)).toEqual([true]);
  await Promise.all([first.run({}), second.run({})]);
  expect(PlayedWorker.all).toHaveLength(2);
  expect(PlayedWorker.all[1]!.kinds.toSorted()).toEqual(["load", "open", "open", "run", "run"]);
  await first.release();
  expect(PlayedWorker.all[1]!.kinds.at(-1)).toBe("release");
});

test("a worker that stops by itself is reported, and the next run has a new one", async () => {
  const runtime = await start();
  const session = await runtime.open(graph);
  const running = session.run(hang);
  PlayedWorker.all[0]!.dispatchEvent(Object.assign(new Event("error"), { message: "" }));
  await expect(running).rejects.toMatchObject({ code: "device", message: expect.stringContaining("out of memory?") });
  expect(await session.run({})).toEqual({});
});

test("a failed start is reported, not kept, and not left unhandled by a stop", async () => {
  PlayedWorker.failingLoads = 1;
  await expect(start()).rejects.toMatchObject({ code: "file" });
  const runtime = await start();
  const session = await runtime.open(graph);
  runtime.stop();
  await new Promise((resolve) => setTimeout(resolve, 1));
  PlayedWorker.failingLoads = 1;
  const refused = session.run({});
  runtime.stop();
  await expect(refused).rejects.toThrow();
  expect(await session.run({})).toEqual({});
});
