import { copyFile, mkdtemp, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { RunFolder } from "../../platform/node/runs/run-folder.js";
import { tinyBatches, tinyObjective } from "../../test/training/tiny-objective.js";
import { eventsOf, tinyRun } from "../../test/training/tiny-run.js";
import { parseSafetensors } from "../exchange/safetensors.js";
import { floats } from "../runtime/session.js";
import { type TrainEvent, type TrainOptions, train } from "./loop.js";

let runs: string;
beforeEach(async () => {
  runs = await mkdtemp(join(tmpdir(), "unblur-runs-"));
});
afterEach(() => rm(runs, { recursive: true }));

const newRun = () => RunFolder.create(runs, "tiny", { name: "tiny" });
const stepsOf = (events: readonly TrainEvent[]) => events.filter((event) => event.type === "step");
const stopOf = (events: readonly TrainEvent[]) => events.find((event) => event.type === "stopped")!;
const metricsOf = async (run: RunFolder) =>
  (await readFile(join(run.path, "metrics.jsonl"), "utf8"))
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));

/** Everything in a checkpoint but the time it took. */
async function contentOf(run: RunFolder, name: string) {
  const { tensors, metadata } = parseSafetensors(await run.readCheckpoint(name));
  const { elapsedMs: _, ...progress } = JSON.parse(metadata.progress!);
  return { tensors: Object.fromEntries(tensors), progress, seed: metadata.seed };
}

describe("resuming is exact", () => {
  test("a run that ends while samples are drawn draws them again", async () => {
    const run = await newRun();
    const drawn: number[] = [];
    let dies = true;
    const samples = {
      everySteps: 2,
      async draw(_: unknown, step: number) {
        if (step === 4 && dies) throw new Error("killed");
        drawn.push(step);
        return [];
      },
    };
    const options = { samples, checkpointEvery: { steps: 2, minutes: 1000 }, steps: 6 };
    await expect(eventsOf(tinyRun(run, options))).rejects.toThrow("killed");
    dies = false;
    await eventsOf(tinyRun(run, { ...options, resume: true }));
    expect(drawn).toEqual([2, 4, 6]);
  });

  test("20 steps are 7, stop, 5, stop, the rest: bit for bit in weights, average and optimiser", async () => {
    const whole = await newRun();
    const wholeEvents = await eventsOf(tinyRun(whole));
    const parts = await newRun();
    const first = await eventsOf(tinyRun(parts, { maxSteps: 7 }));
    const second = await eventsOf(tinyRun(parts, { maxSteps: 5, resume: true }));
    const third = await eventsOf(tinyRun(parts, { resume: true }));
    expect([first, second, third].map((events) => stopOf(events).reason)).toEqual([
      "max-steps",
      "max-steps",
      "finished",
    ]);

    const [name] = await whole.checkpoints();
    expect((await parts.checkpoints())[0]).toBe(name);
    const expected = await contentOf(whole, name!);
    expect(expected.progress).toEqual({ step: 20, imagesSeen: 40 });
    expect(Object.keys(expected.tensors).length).toBe(4 * 4 + 1); // weights, ema, m, v; and the fixed offset
    expect(await contentOf(parts, name!)).toEqual(expected);

    const losses = (events: readonly TrainEvent[]) =>
      stepsOf(events).map(({ loss, gradNorm, learningRate }) => [loss, gradNorm, learningRate]);
    expect([first, second, third].flatMap(losses)).toEqual(losses(wholeEvents));
    expect((await metricsOf(parts)).map(({ step }) => step)).toEqual(Array.from({ length: 20 }, (_, i) => i + 1));
  });

  test("another seed gives other weights, so the comparison can fail", async () => {
    const [a, b] = [await newRun(), await newRun()];
    await eventsOf(tinyRun(a, { steps: 2 }));
    await eventsOf(tinyRun(b, { steps: 2, seed: 12 }));
    const name = (await a.checkpoints())[0]!;
    expect((await contentOf(b, name)).tensors).not.toEqual((await contentOf(a, name)).tensors);
  });

  test("steps after the last checkpoint are done again, and their metrics are not there twice", async () => {
    const run = await newRun();
    const events = tinyRun(run, { checkpointEvery: { steps: 5, minutes: 1000 } });
    for await (const event of train(events)) if (event.type === "step" && event.step === 8) break; // as if it were killed
    await writeFile(join(run.path, "metrics.jsonl"), '{"step":9,"los', { flag: "a" });
    const again = await eventsOf({ ...events, resume: true, maxSteps: 4 });
    expect(again[0]).toMatchObject({ type: "started", from: "step-00000005.safetensors", progress: { step: 5 } });
    expect((await metricsOf(run)).map(({ step }) => step)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });
});

test("a run that was ended before its first checkpoint starts again", async () => {
  const run = await newRun();
  for await (const event of train(tinyRun(run))) if (event.type === "step" && event.step === 4) break;
  expect(await run.checkpoints()).toEqual([]);
  const again = await eventsOf(tinyRun(run, { steps: 6, resume: true }));
  expect(again[0]).toMatchObject({ type: "started", from: null, progress: { step: 0 } });
  expect((await metricsOf(run)).map(({ step }) => step)).toEqual([1, 2, 3, 4, 5, 6]);
});

describe("checkpoints", () => {
  const often = { checkpointEvery: { steps: 2, minutes: 1000 }, keep: 3 };

  test("the newest are kept, and `latest` names the newest", async () => {
    const run = await newRun();
    await eventsOf(tinyRun(run, { ...often, steps: 11 }));
    expect(await run.checkpoints()).toEqual(
      [11, 10, 8].map((step) => `step-${String(step).padStart(8, "0")}.safetensors`),
    );
    expect(await readFile(join(run.path, "checkpoints", "latest"), "utf8")).toBe("step-00000011.safetensors\n");
  });

  test("what a process killed right after its last checkpoint left undone is done when it is resumed", async () => {
    const run = await newRun();
    await eventsOf(tinyRun(run, { ...often, steps: 8 }));
    const path = (name: string) => join(run.path, "checkpoints", name);
    const kept = await run.checkpoints();
    await copyFile(path(kept[2]!), path("step-00000002.safetensors"));
    await writeFile(path("latest"), `${kept[1]}\n`);
    const events = await eventsOf(tinyRun(run, { ...often, steps: 8, resume: true }));
    expect(stepsOf(events)).toEqual([]);
    expect(await run.checkpoints()).toEqual(kept);
    expect(await readFile(path("latest"), "utf8")).toBe("step-00000008.safetensors\n");
  });

  test("a damaged one is refused by name, and the one before is used: a truncated file, a flipped bit", async () => {
    const run = await newRun();
    await eventsOf(tinyRun(run, { ...often, steps: 8 }));
    const [newest, before, oldest] = await run.checkpoints();
    const path = (name: string) => join(run.path, "checkpoints", name);
    await truncate(path(newest!), (await readFile(path(newest!))).length - 4);
    const bytes = await readFile(path(before!));
    bytes[bytes.length - 100]! ^= 4;
    await writeFile(path(before!), bytes);
    const events = await eventsOf(tinyRun(run, { ...often, steps: 9, resume: true, keep: 1 }));
    expect(events.slice(0, 3)).toMatchObject([
      { type: "refused", name: newest, reason: expect.stringContaining(newest!) },
      { type: "refused", name: before, reason: expect.stringContaining("checksum") },
      { type: "started", from: oldest },
    ]);
    expect(await run.checkpoints()).toEqual(["step-00000009.safetensors"]);
  });

  test("every flipped byte of the header, and a sample of the values', is noticed", async () => {
    const run = await newRun();
    await eventsOf(tinyRun(run, { steps: 1 }));
    const name = (await run.checkpoints())[0]!;
    const path = join(run.path, "checkpoints", name);
    const good = await readFile(path);
    const header = 8 + Number(good.readBigUInt64LE(0));
    const { loadNewestCheckpoint } = await import("./run-store.js");
    const accepted: number[] = [];
    for (let at = 0; at < good.length; at += at < header ? 1 : 97) {
      const bytes = Uint8Array.from(good);
      bytes[at]! ^= 1 << (at % 7);
      const store = { ...run, name: "run", checkpoints: async () => [name], readCheckpoint: async () => bytes };
      const outcome = await loadNewestCheckpoint(store as unknown as RunFolder, null).then(
        () => "accepted",
        (error) => error.code,
      );
      if (outcome !== "checkpoint") accepted.push(at);
    }
    // Spaces that pad the header mean nothing; everything else must be noticed.
    expect(accepted.filter((at) => good[at] !== 0x20)).toEqual([]);
  });

  test("one of another network is refused by the names of what differs", async () => {
    const run = await newRun();
    await eventsOf(tinyRun(run, { steps: 1 }));
    const other = tinyRun(run, { resume: true, objective: tinyObjective(2, 16, 9) });
    await expect(eventsOf(other)).rejects.toMatchObject({
      code: "checkpoint",
      message: expect.stringContaining('"weights/first.weight" should be [9,6,3,3] and is [8,6,3,3]'),
    });
    expect((await run.checkpoints()).length).toBe(1);
  });
});

describe("stopping", () => {
  test("the signal saves and stops", async () => {
    const run = await newRun();
    const control = new AbortController();
    const events: TrainEvent[] = [];
    for await (const event of train(tinyRun(run, { signal: control.signal }))) {
      events.push(event);
      if (event.type === "step" && event.step === 3) control.abort();
    }
    expect(events.slice(-2)).toMatchObject([
      { type: "checkpoint", step: 3 },
      { type: "stopped", reason: "cancelled", progress: { step: 3 } },
    ]);
  });

  test("minutes are a limit", async () => {
    const events = await eventsOf(tinyRun(await newRun(), { steps: 1e6, maxMinutes: 0.3 / 60 }));
    const { reason, progress } = stopOf(events);
    expect(reason).toBe("max-minutes");
    expect(progress.elapsedMs).toBeGreaterThanOrEqual(300 * 0.5);
    expect(progress.elapsedMs).toBeLessThan(3000);
  });

  test("a loss that is not a number stops, says where, and the checkpoint before stays", async () => {
    const run = await newRun();
    const options = tinyRun(run, { checkpointEvery: { steps: 2, minutes: 1000 } });
    const objective: TrainOptions["objective"] = {
      ...options.objective,
      async feeds(batch, rng) {
        const feeds = await options.objective.feeds(batch, rng);
        return batch.x0[0] === bad.x0[0]
          ? {
              ...feeds,
              eps: floats(
                batch.x0.map(() => Number.NaN),
                feeds.eps!.shape,
              ),
            }
          : feeds;
      },
    };
    const bad = await tinyBatches(2, 16).batch(4); // that of step 5
    await expect(eventsOf({ ...options, objective })).rejects.toMatchObject({
      code: "numeric",
      message: expect.stringContaining("training step 5"),
    });
    expect((await run.checkpoints())[0]).toBe("step-00000004.safetensors");
    expect(stopOf(await eventsOf({ ...options, resume: true })).reason).toBe("finished");
  });
});

test("weights that an update made infinite are not saved", async () => {
  const run = await newRun();
  const learningRate = { kind: "constant", peak: 1e39, warmUpSteps: 0, finalFraction: 0 } as const;
  await expect(eventsOf(tinyRun(run, { learningRate, steps: 1 }))).rejects.toMatchObject({
    code: "numeric",
    message: expect.stringContaining("training step 1"),
  });
  expect(await run.checkpoints()).toEqual([]);
});

test("it learns: the loss falls well below that of predicting nothing", async () => {
  const events = stepsOf(await eventsOf(tinyRun(await newRun(), { steps: 300 })));
  const meanOf = (part: typeof events) => part.reduce((sum, { loss }) => sum + loss, 0) / part.length;
  expect(meanOf(events.slice(-20))).toBeLessThan(0.8 * meanOf(events.slice(0, 5)));
});

test("events tell the pace: time left shrinks to zero, images per second are positive", async () => {
  const steps = stepsOf(await eventsOf(tinyRun(await newRun(), { steps: 10 })));
  expect(steps.map(({ imagesSeen }) => imagesSeen)).toEqual(Array.from({ length: 10 }, (_, i) => 2 * (i + 1)));
  expect(steps.at(-1)!.timeLeftMs).toBe(0);
  expect(steps[4]!.timeLeftMs).toBeGreaterThan(0);
  expect(Math.min(...steps.map(({ imagesPerSecond }) => imagesPerSecond))).toBeGreaterThan(0);
});
