/** @file Calls of the library in Node that are cancelled. */
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { deconvolve, exportModel, importModel, type Model, open, restore } from "../../platform/node/index.js";
import { writeIdentityModel } from "../identity-model.js";
import { writeQuickPhoto } from "./quick-photo.js";

let folder: string;
let photo: string;
let model: Model;
const at = (...names: string[]) => join(folder, ...names);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "unblur-cancelling-"));
  photo = await writeQuickPhoto(at("part.jpg"));
  model = await open("fast", { threads: 1 });
});
afterAll(async () => {
  await model.release();
  await rm(folder, { recursive: true });
});

describe("a call that is cancelled rejects with the signal's reason", () => {
  const settings = { steps: 3, restoreSharp: true } as const;

  test("before it begins: nothing is read", async () => {
    const reason = new Error("changed my mind");
    await expect(model.restore(at("none.jpg"), { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    await expect(restore(at("none.jpg"), { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    await expect(deconvolve(at("none.jpg"), { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    await expect(importModel(at("none.pth"), { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    await expect(exportModel("no model", { signal: AbortSignal.abort(reason) }).next()).rejects.toBe(reason);
    await expect(model.restore(photo, { signal: AbortSignal.abort() })).rejects.toMatchObject({ name: "AbortError" });
  });

  test("while it runs, and the next call goes on", async () => {
    const stop = new AbortController();
    const reason = new Error("enough");
    const running = model.restore(photo, { ...settings, signal: stop.signal, onProgress: () => stop.abort(reason) });
    await expect(running).rejects.toBe(reason);
    expect((await model.restore(photo, settings)).raster.width).toBe(60);
  });

  test("while a model is exported: no file is left", async () => {
    const stop = new AbortController();
    const reason = new Error("enough");
    const out = at("stopped.onnx");
    await writeIdentityModel(at("identity"));
    const exported = exportModel(at("identity"), {
      out,
      threads: 1,
      signal: stop.signal,
      onProgress: () => stop.abort(reason),
    });
    await expect(exported.next()).rejects.toBe(reason);
    expect(existsSync(out)).toBe(false);
  });

  test("while it waits, at once", async () => {
    const stop = new AbortController();
    const order: string[] = [];
    const first = model.restore(photo, settings).then(() => order.push("first"));
    const second = model.restore(photo, { ...settings, signal: stop.signal }).catch((error) => order.push(error));
    stop.abort("why");
    await Promise.all([first, second]);
    expect(order).toEqual(["why", "first"]);
  });

  test("but not after it has ended", async () => {
    const stop = new AbortController();
    const restored = await model.restore(photo, { ...settings, signal: stop.signal });
    stop.abort();
    expect((await restored.toBuffer("png")).length).toBeGreaterThan(1000);
  });

  test("and leaving the loop stops it", async () => {
    for await (const event of model.run(photo, settings)) if (event.type === "step") break;
    expect((await model.restore(photo, settings)).raster.width).toBe(60);
  });
});

test("a stream that never goes on is left when the call is cancelled, and the next call is served", async () => {
  const stalled = [
    new ReadableStream<Uint8Array>({}),
    (async function* (): AsyncGenerator<Uint8Array> {
      yield new Uint8Array(await readFile(photo)).subarray(0, 100);
      await new Promise(() => {});
    })(),
  ];
  for (const stream of stalled)
    await expect(model.restore(stream, { signal: AbortSignal.timeout(100) })).rejects.toMatchObject({
      name: "TimeoutError",
    });
  expect((await model.restore(photo)).raster.width).toBe(60);
}, 10_000);
