/**
 * @file Cost of reading data: batches from memory, from the cache and decoded each time, and the paper's training step
 * fed by each of the first two. Frames are generated 1280x720 PNGs, so the figures do not depend on a data set at hand.
 */
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openBatches } from "../platform/node/data/batches.js";
import { loadPlan } from "../platform/node/data/load-plan.js";
import { readRgb, writeImage } from "../platform/node/photos/image-file.js";
import { Rng } from "../src/base/random.js";
import type { PairBatch } from "../src/data/batch.js";
import { type DataConfig, dataSchema } from "../src/data/config.js";
import { drawBatch } from "../src/data/draw-batch.js";
import type { PatchReader } from "../src/data/draw-patch.js";
import { cropRaster } from "../src/images/crop.js";
import type { Raster } from "../src/images/image.js";
import { elapsedMs, interleaved, summary, type Timing } from "./interleave.js";
import { openTraining } from "./paper-model.js";

const [WIDTH, HEIGHT] = [1280, 720];

export interface LoaderFigures {
  /** Median milliseconds for a batch of 8 patches of 64 px, made in the calling thread. */
  readonly batchMs: { readonly memory: number; readonly cache: number; readonly decoding: number };
}

/**
 * The paper's training step on a batch in memory, and on batches read from 1280x720 PNGs as `unblur train` reads them.
 */
export async function benchFedStep(threads: number, repetitions: number): Promise<readonly Timing[]> {
  return withFrames(8, async (data, root) => {
    const { plan } = await loadPlan(data, root, 8);
    await using batches = openBatches({ plan, seed: 1, workers: 1, cacheFolder: join(root, "cache") });
    await using training = await openTraining({ threads, batch: 8, size: 64 });
    let step = 0;
    return await interleaved(
      [
        { name: "from memory", time: () => elapsedMs(() => training.run()) },
        { name: "from PNGs", time: () => elapsedMs(async () => training.run(await batches.batch(step++))) },
      ],
      repetitions,
    );
  });
}

/** Something like a photograph: smooth areas, edges, a little noise, so that PNG compresses it as it does one. */
function frame(rng: Rng): Raster {
  const data = new Uint8Array(WIDTH * HEIGHT * 3);
  const waves = Array.from(
    { length: 6 },
    (_, i) => [rng.uniform(3 * i) * 0.05, rng.uniform(3 * i + 1) * 0.05, rng.uniform(3 * i + 2) * 6] as const,
  );
  const grain = rng.fork("grain").words(WIDTH * HEIGHT);
  for (let i = 0; i < WIDTH * HEIGHT; i++) {
    const [x, y] = [i % WIDTH, Math.floor(i / WIDTH)];
    const light = waves.reduce((sum, [fx, fy, phase]) => sum + Math.sign(Math.sin(fx * x + fy * y + phase)) * 18, 128);
    for (let c = 0; c < 3; c++)
      data[3 * i + c] = Math.max(0, Math.min(255, light + 9 * c + ((grain[i]! >>> (8 * c)) & 7)));
  }
  return { width: WIDTH, height: HEIGHT, channels: 3, data };
}

/** A GoPro-like folder with pairs of PNGs, and the config that reads it. */
async function withFrames<T>(count: number, work: (data: DataConfig, root: string) => Promise<T>): Promise<T> {
  const root = mkdtempSync(join(tmpdir(), "unblur-bench-"));
  try {
    for (const kind of ["blur_gamma", "sharp"]) {
      mkdirSync(join(root, "train", "S", kind), { recursive: true });
      for (let i = 0; i < count; i++) {
        const path = join(root, "train", "S", kind, `${String(i).padStart(6, "0")}.png`);
        await writeImage(path, { raster: frame(Rng.fromSeed(i).fork(kind)), format: "png", metadata: {} });
      }
    }
    return await work(dataSchema.parse({ patchPx: 64, sources: [{ layout: "gopro", path: "train" }] }), root);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

/** Decodes a file whenever it is asked for, or once and for all. */
function decodingReader(keep: boolean): PatchReader {
  const kept = new Map<string, Promise<Raster>>();
  const open = (path: string): Promise<Raster> => {
    const known = kept.get(path);
    if (known) return known;
    const decoded: Promise<Raster> = readRgb(path);
    if (keep) kept.set(path, decoded);
    return decoded;
  };
  return {
    size: async () => ({ width: WIDTH, height: HEIGHT }),
    read: async (path, rect) => cropRaster(await open(path), rect),
    asJpeg: async (picture) => picture,
  };
}

/** Batches by each way, taking turns, so that a busy machine slows all alike. */
export async function benchDataLoader(repetitions = 30): Promise<LoaderFigures> {
  return withFrames(8, async (data, root) => {
    const { plan } = await loadPlan(data, root, 8);
    const rng = Rng.fromSeed(1).fork("data");
    await using cached = openBatches({ plan, seed: 1, workers: 0, cacheFolder: join(root, "cache") });
    const from =
      (reader: PatchReader) =>
      (step: number): Promise<PairBatch> =>
        drawBatch(reader, plan, step, rng, () => {});
    const ways = {
      memory: from(decodingReader(true)),
      cache: (step: number) => cached.batch(step),
      decoding: from(decodingReader(false)),
    };
    const times: Record<keyof typeof ways, number[]> = { memory: [], cache: [], decoding: [] };
    for (let step = -10; step < repetitions; step++) {
      for (const [name, make] of Object.entries(ways) as [keyof typeof ways, (step: number) => Promise<PairBatch>][]) {
        const start = performance.now();
        await make(Math.abs(step));
        if (step >= 0) times[name].push(performance.now() - start);
      }
    }
    return {
      batchMs: {
        memory: summary("memory", times.memory).medianMs,
        cache: summary("cache", times.cache).medianMs,
        decoding: summary("decoding", times.decoding).medianMs,
      },
    };
  });
}
