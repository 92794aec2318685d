/** @file Training in rounds over a real Redis: workers that come, go and die; beside the same rounds in one process. */
import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { readAddress } from "../../apps/queue/address.js";
import { connect } from "../../apps/queue/connection.js";
import { QueueRounds } from "../../apps/queue/queue-rounds.js";
import { QueueWorker } from "../../apps/queue/queue-worker.js";
import { Store } from "../../apps/queue/store.js";
import { openBatches } from "../../platform/node/data/batches.js";
import { loadPlan } from "../../platform/node/data/load-plan.js";
import type { RunFolder } from "../../platform/node/runs/run-folder.js";
import { createRun, openObjective, trainRunInRounds } from "../../platform/node/runs/training-run.js";
import { createRuntime } from "../../platform/node/threads/runtime.js";
import { parseCheckpoint } from "../../src/training/checkpoint.js";
import type { RoundsEvent } from "../../src/training/rounds/loop.js";
import { parseRunConfig } from "../../src/training/run-config.js";
import { lacks } from "../machine.js";
import { shareRunner } from "../training/share-runner.js";
import { waveNetwork, writeWavePairs } from "../training/wave-pairs.js";
import { openWorkplace, type Workplace } from "./workplace.js";

const config = parseRunConfig(
  {
    ...{ name: "waves", model: { predictor: { network: waveNetwork } }, objective: { kind: "predictor" } },
    data: { sources: [{ layout: "pairs", path: "." }], patchPx: 16 },
    ...{ batchSize: 2, steps: 12, optimiser: { kind: "adam" }, learningRate: { peak: 1e-3 } },
    ema: { halfLifeImages: 20 },
    rounds: { localSteps: 3, learningRate: 0.7, momentum: 0.9 },
  },
  "test",
);
/** Rounds long enough for something to happen in them. */
const LONG = { ...config, rounds: { ...config.rounds!, localSteps: 150 }, steps: 300 };
const options = { config, runtime: createRuntime({ threads: 1 }), session: {}, rounds: config.rounds!, batches: null };

describe.skipIf(lacks("redis"))("training in rounds", () => {
  let place: Workplace;
  let data: string;
  beforeAll(async () => {
    place = await openWorkplace({ home: false });
    data = join(place.store, "data");
    mkdirSync(data);
    await writeWavePairs(data, 4);
  });
  afterAll(() => place[Symbol.asyncDispose]());

  const stops: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const stop of stops.splice(0)) await stop();
  });
  const startWorker = async (name: string, version?: string) => {
    const connection = await connect(readAddress(place.redis.url, {}));
    const said: string[] = [];
    const store = await Store.open(place.store);
    const worker = new QueueWorker(
      { connection, store, concurrency: 1, threads: 1, name, ...(version === undefined ? {} : { version }) },
      { say: (line) => said.push(line), ended: () => {} },
    );
    worker.start();
    const stop = async () => {
      await worker.stop(0);
      await connection[Symbol.asyncDispose]();
    };
    stops.push(stop);
    return { worker, said, trained: () => said.filter((line) => line.includes(": trained in")).length };
  };
  const newRun = (of = config) => createRun(join(place.store, "runs"), of);

  interface Session {
    readonly of?: typeof config;
    readonly mostShares?: number;
    readonly resume?: boolean;
    readonly maxSteps?: number;
    readonly signal?: AbortSignal;
    onProgress?(): void;
  }
  async function trained(
    run: RunFolder,
    { of = config, mostShares = 2, onProgress, ...session }: Session = {},
  ): Promise<{ events: RoundsEvent[]; said: string[] }> {
    await using connection = await connect(readAddress(place.redis.url, {}));
    const store = await Store.open(place.store);
    const said: string[] = [];
    await using runner = await QueueRounds.open(
      { connection, store, run: run.path, data, prepared: null, mostShares },
      { say: (line) => said.push(line), progress: () => onProgress?.() },
    );
    await using lock = await run.lock();
    const events: RoundsEvent[] = [];
    const all = { ...options, config: of, rounds: of.rounds!, resume: false, ...session, lock, runner };
    for await (const event of trainRunInRounds(all)) events.push(event);
    return { events, said };
  }

  async function endOf(run: RunFolder) {
    const [name] = await run.checkpoints();
    const { state, progress } = parseCheckpoint(await run.readCheckpoint(name!), name!);
    const { elapsedMs: _, ...rest } = progress;
    return { state, progress: rest };
  }
  const metricsOf = (run: RunFolder) =>
    readFileSync(join(run.path, "metrics.jsonl"), "utf8")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));

  test("two workers give what two shares give in one process, bit for bit, and a resumed run the same", async () => {
    const workers = [await startWorker("a"), await startWorker("b")];
    const run = await newRun();
    const { events } = await trained(run);
    expect(events.at(-1)).toMatchObject({ type: "stopped", reason: "finished" });
    expect(workers.reduce((sum, { trained: count }) => sum + count(), 0)).toBe(8);
    expect(readdirSync(join(run.path, "rounds"))).toEqual([]);
    await using connection = await connect(readAddress(place.redis.url, {}));
    expect(await connection.client.keys("bull:unblur-run-*")).toEqual([]);
    const [first] = metricsOf(run);
    // Weights and two moments each way, for each of two shares: 12 bytes a value, and the headers.
    const values = [...(await endOf(run)).state].filter(([name]) => name.startsWith("weights/"));
    const bytes = 12 * values.reduce((sum, [, { length }]) => sum + length, 0);
    expect(first).toMatchObject({ step: 3, imagesSeen: 12, shares: 2, lostShares: 0 });
    expect(first.bytes).toBeGreaterThan(4 * bytes);
    expect(first.bytes).toBeLessThan(4 * (bytes + 10_000));

    const alone = await newRun();
    const { objective } = await openObjective(alone, config);
    const { plan } = await loadPlan(config.data, data, config.batchSize);
    await using batches = openBatches({ plan, seed: config.seed, workers: 0 });
    const { optimiser, maxGradNorm, ema } = config;
    const runner = shareRunner(
      {
        ...{ runtime: options.runtime, objective, batches, recipe: { optimiser, maxGradNorm, ema } },
        ...{ learningRate: config.learningRate, seed: config.seed, steps: config.steps, keep: 3, resume: false },
        checkpointEvery: config.checkpointEvery,
      },
      2,
    );
    await using lock = await alone.lock();
    for await (const _ of trainRunInRounds({ ...options, resume: false, lock, runner })) {
    }
    expect(await endOf(run)).toEqual(await endOf(alone));

    const parts = await newRun();
    await trained(parts, { maxSteps: 4 });
    expect((await endOf(parts)).progress.step).toBe(6);
    await trained(parts, { resume: true });
    expect(await endOf(parts)).toEqual(await endOf(alone));
  });

  test("a killed process costs its share: the round goes on with the other, and the next one has both", async () => {
    const [a] = [await startWorker("a"), await startWorker("b")];
    const run = await newRun(LONG);
    let killed = false;
    const { events } = await trained(run, {
      of: LONG,
      onProgress() {
        if (killed || a.worker.active === 0) return;
        killed = true;
        for (const pid of a.worker.pids) process.kill(pid, "SIGKILL");
      },
    });
    expect(events.filter(({ type }) => type === "lost")).toEqual([
      {
        type: "lost",
        step: 150,
        share: expect.any(Number),
        reason: expect.stringContaining("ended (SIGKILL)"),
        ended: true,
      },
    ]);
    expect(metricsOf(run).map(({ shares, lostShares }) => [shares, lostShares])).toEqual([
      [1, 1],
      [2, 0],
    ]);
    expect((await endOf(run)).progress).toMatchObject({ imagesSeen: 3 * 150 * 2, nextBatch: 4 * 150 });
  });

  test("a worker that comes late has a share of the next round; one that leaves takes none", async () => {
    await startWorker("a");
    const run = await newRun(LONG);
    let late: ReturnType<typeof startWorker> | null = null;
    const { said } = await trained(run, { of: LONG, onProgress: () => (late ??= startWorker("late")) });
    expect(said).toContain("1 of 2 workers are there");
    expect(metricsOf(run).map(({ shares }) => shares)).toEqual([1, 2]);
  });

  test("stopped in a round and resumed equals uninterrupted, and leaves no job", async () => {
    await startWorker("a");
    const whole = await newRun(LONG);
    await trained(whole, { of: LONG, mostShares: 1 });
    const parts = await newRun(LONG);
    const control = new AbortController();
    const stopped = await trained(parts, {
      ...{ of: LONG, mostShares: 1, signal: control.signal },
      onProgress: () => control.abort(),
    });
    expect(stopped.events.at(-1)).toMatchObject({ type: "stopped", reason: "cancelled", progress: { step: 0 } });
    await trained(parts, { of: LONG, mostShares: 1, resume: true });
    expect(await endOf(parts)).toEqual(await endOf(whole));
  });

  test("a share that cannot be trained ends the run with its reason; another version refuses it", async () => {
    await startWorker("a");
    const run = await newRun();
    const broken = parseRunConfig(
      { ...config, data: { ...config.data, sources: [{ layout: "pairs", path: "none" }] } },
      "test",
    );
    await expect(trained(await newRun(broken), { of: broken, mostShares: 1 })).rejects.toThrow(
      /no share of the round came: .*none/,
    );
    await stops.pop()!();
    const old = await startWorker("old", "0.0.1");
    // A round that every worker has refused often enough ends the run; until then it waits for another worker.
    const reason = await trained(run, { mostShares: 1, signal: AbortSignal.timeout(8000) }).then(
      ({ said }) => said.join(),
      (error: Error) => error.message,
    );
    expect(reason).toMatch(/the worker old has version .*0\.0\.1/);
    expect(old.trained()).toBe(0);
  });
});
