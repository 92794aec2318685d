/**
 * @file A fresh process that restores, so that its memory is its own: {"model", "steps", "threads", "width", "height",
 * "repeat"} as its argument, milliseconds of each restoration (the first without a warm engine) and the process's
 * largest resident memory as its answer.
 */
import { readFileSync } from "node:fs";
import { loadRestorer } from "../../platform/node/models/load-restorer.js";
import { Rng } from "../../src/base/random.js";

export interface Task {
  readonly model: string;
  readonly steps: number;
  readonly threads: number;
  readonly width: number;
  readonly height: number;
  readonly repeat: number;
}

export interface Answer {
  readonly ms: readonly number[];
  readonly peakMb: number;
}

/** Kilobytes; Linux's own account of the process. */
const peakKb = (): number =>
  Number(/VmHWM:\s+(\d+)/.exec(readFileSync("/proc/self/status", "utf8"))?.[1] ?? Number.NaN);

const { model, steps, threads, width, height, repeat } = JSON.parse(process.argv[2]!) as Task;
const data = Rng.fromSeed(1)
  .normals(3 * width * height)
  .map((value) => Math.max(-1, Math.min(1, 0.3 * value)));
const restorer = await loadRestorer(model, { threads });
const ms: number[] = [];
for (let i = 0; i < repeat; i++) {
  const startedAt = performance.now();
  await restorer.restore({ channels: 3, width, height, data }, { steps, seed: i });
  ms.push(performance.now() - startedAt);
}
const answer: Answer = { ms, peakMb: peakKb() / 1024 };
console.log(JSON.stringify(answer));
await restorer.release();
