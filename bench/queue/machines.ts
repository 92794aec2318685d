/** @file A store, a real Redis, and the built program as one of many machines that share them. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { builtProgram } from "../../test/built.js";
import { RedisServer } from "../../test/queue/redis-server.js";

export interface Machines extends AsyncDisposable {
  readonly store: string;
  /** The options that name queue and store. */
  readonly queued: readonly string[];
  start(...words: string[]): ChildProcess;
  /** A worker of one thread. */
  startWorker(): ChildProcess;
}

export async function openMachines(): Promise<Machines> {
  const folder = mkdtempSync(join(tmpdir(), "unblur-bench-queue-"));
  const store = join(folder, "store");
  mkdirSync(store);
  const redis = await RedisServer.start();
  const children: ChildProcess[] = [];
  const start = (...words: string[]): ChildProcess => {
    const child = spawn(process.execPath, [builtProgram(), ...words], { stdio: ["ignore", "pipe", "pipe"] });
    child.stderr!.resume();
    children.push(child);
    return child;
  };
  const queued = ["--queue", redis.url, "--store", store];
  return {
    ...{ store, queued, start },
    startWorker: () => start("worker", ...queued, "--threads", "1"),
    async [Symbol.asyncDispose]() {
      for (const child of children) child.kill("SIGKILL");
      await redis[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export async function stopAll(workers: readonly ChildProcess[]): Promise<void> {
  for (const worker of workers) {
    const exit = once(worker, "exit");
    worker.kill("SIGTERM");
    await exit;
  }
}
