/** @file The life of threads that estimate blur, with threads that the test itself answers. */
import { expect, test } from "vitest";
import type { Kernel } from "../blur/kernel.js";
import { BlurThreads } from "./blur-threads.js";
import type { TaskIo, TaskName } from "./tasks.js";

const KERNEL: Kernel = { width: 1, height: 1, data: Float64Array.of(1) };

/** Threads that answer when told to, and count how many were started and how many ended. */
function answeredThreads() {
  const counts = { started: 0, ended: 0 };
  const answers: { resolve(kernel: Kernel): void; reject(error: Error): void }[] = [];
  const threads = new BlurThreads(3, () => {
    counts.started++;
    return {
      run: <N extends TaskName>() =>
        new Promise<TaskIo[N]["output"]>((resolve, reject) =>
          answers.push({ resolve: resolve as (kernel: Kernel) => void, reject }),
        ),
      end: () => void counts.ended++,
    };
  });
  // The first place is estimated here and fails at once, for there are no windows; it is busy until it has.
  const occupied = threads.run("kernel", []).catch(() => {});
  return { threads, counts, answers, occupied };
}

test("a thread that is busy at release ends when it has answered", async () => {
  const { threads, counts, answers, occupied } = answeredThreads();
  const estimates = [threads.run("kernel", []), threads.run("kernel", [])];
  answers[0]!.resolve(KERNEL);
  await estimates[0];
  threads.release();
  expect(counts).toEqual({ started: 2, ended: 1 });
  answers[1]!.resolve(KERNEL);
  expect(await estimates[1]).toBe(KERNEL);
  expect(counts).toEqual({ started: 2, ended: 2 });
  await occupied;
});

test("a thread that fails ends, and the next place gets a new one", async () => {
  const { threads, counts, answers, occupied } = answeredThreads();
  const failing = threads.run("kernel", []);
  answers[0]!.reject(new Error("broken"));
  await expect(failing).rejects.toThrow("broken");
  expect(counts).toEqual({ started: 1, ended: 1 });
  await occupied;
});
