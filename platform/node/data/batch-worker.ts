/**
 * @file The thread that makes batches: reads patches from the cache, blurs, augments. `batches.ts` is its owner's side.
 */
import { parentPort, workerData } from "node:worker_threads";
import { UnblurError } from "../../../src/base/errors.js";
import { dataRng, drawBatch } from "../../../src/data/draw-batch.js";
import type { WorkerReply, WorkerSettings } from "./batches.js";
import { PixelCache } from "./pixel-cache.js";

const { plan, seed, cacheFolder } = workerData as WorkerSettings;
const cache = new PixelCache(cacheFolder);
const rng = dataRng(seed);
const port = parentPort!;

port.on("message", async (step: number | "close") => {
  if (step === "close") {
    await cache.close();
    port.close();
    return;
  }
  const bad: string[] = [];
  try {
    const batch = await drawBatch(cache, plan, step, rng, (reason) => bad.push(reason));
    port.postMessage({ step, batch, bad } satisfies WorkerReply, [
      batch.y.buffer as ArrayBuffer,
      batch.x0.buffer as ArrayBuffer,
    ]);
  } catch (error) {
    const known = error instanceof UnblurError;
    port.postMessage({
      step,
      bad,
      error: {
        code: known ? error.code : "data",
        message: known ? error.message : String((error as Error).stack ?? error),
      },
    } satisfies WorkerReply);
  }
});
