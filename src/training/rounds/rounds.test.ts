import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { RunFolder } from "../../../platform/node/runs/run-folder.js";
import { shareRunner } from "../../../test/training/share-runner.js";
import { tinyBatches, tinyObjective } from "../../../test/training/tiny-objective.js";
import { eventsOf, tinyRun } from "../../../test/training/tiny-run.js";
import { Rng } from "../../base/random.js";
import type { BatchSource, PairBatch } from "../../data/batch.js";
import { floats } from "../../runtime/session.js";
import { parseCheckpoint } from "../checkpoint.js";
import type { TrainOptions } from "../loop.js";
import type { Objective } from "../objective.js";
import { initialState } from "../state.js";
import { type RoundsEvent, trainInRounds } from "./loop.js";
import { MeanState, outerStep, type RoundsConfig, withMomentum } from "./outer-step.js";
import { trainShare } from "./share.js";

let runs: string;
beforeEach(async () => {
  runs = await mkdtemp(join(tmpdir(), "unblur-rounds-"));
});
afterEach(() => rm(runs, { recursive: true }));

const newRun = () => RunFolder.create(runs, "tiny", { name: "tiny" });
const MEAN = { learningRate: 1, momentum: 0 };
const [BATCH, PATCH] = [2, 16];

async function inRounds(
  run: RunFolder,
  {
    shares,
    rounds,
    isLost,
    ...changes
  }: Partial<TrainOptions> & {
    shares: number;
    rounds: RoundsConfig;
    isLost?: (step: number, share: number) => boolean;
  },
): Promise<RoundsEvent[]> {
  const options = tinyRun(run, changes);
  const runner = shareRunner(options, shares, isLost);
  const events: RoundsEvent[] = [];
  for await (const event of trainInRounds({ ...options, rounds, runner, batchSize: BATCH })) events.push(event);
  return events;
}

async function endOf(run: RunFolder) {
  const [name] = await run.checkpoints();
  const { state, progress } = parseCheckpoint(await run.readCheckpoint(name!), name!);
  const { elapsedMs: _, ...place } = progress;
  return { state, place };
}

/** Batches of one machine that sees at once what `shares` shares see: one after the other, with the noise of each. */
function largerBatches(shares: number, seed: number): { batches: BatchSource; objective: Objective } {
  const small = tinyBatches(BATCH, PATCH);
  const joined = (arrays: readonly Float32Array[]) => Float32Array.from(arrays.flatMap((values) => [...values]));
  const numbers = (step: number) => Array.from({ length: shares }, (_, k) => step * shares + k);
  const objective = tinyObjective(shares * BATCH, PATCH);
  const shape = [shares * BATCH, 3, PATCH, PATCH];
  const noise = Rng.fromSeed(seed).fork("noise");
  return {
    batches: {
      async batch(step): Promise<PairBatch> {
        const all = await Promise.all(numbers(step).map((number) => small.batch(number)));
        const size = shares * BATCH;
        return { y: joined(all.map(({ y }) => y)), x0: joined(all.map(({ x0 }) => x0)), size, patchPx: PATCH };
      },
      [Symbol.asyncDispose]: async () => {},
    },
    objective: {
      ...objective,
      feeds: ({ y, x0 }, _, step = 1) => {
        const eps = numbers(step - 1).map((k) => noise.fork(k + 1, "eps").normals(y.length / shares));
        return { y: floats(y, shape), x0: floats(x0, shape), eps: floats(joined(eps), shape) };
      },
    },
  };
}

const PLAIN = { optimiser: { kind: "sgd", weightDecay: 0 }, maxGradNorm: null, ema: null } as const;

test.each([2, 4])(
  "%i shares with one local step of SGD equal one machine with the larger batch, to rounding",
  async (shares) => {
    const [alone, together] = [await newRun(), await newRun()];
    const changes = { recipe: PLAIN, steps: 12 };
    const before = initialState(tinyObjective(BATCH, PATCH), PLAIN, Rng.fromSeed(11).fork("initial weights"));
    await eventsOf(tinyRun(alone, { ...changes, ...largerBatches(shares, 11) }));
    await inRounds(together, { ...changes, shares, rounds: { localSteps: 1, ...MEAN } });
    const [one, many] = [await endOf(alone), await endOf(together)];
    expect(many.place).toMatchObject({ step: 12, imagesSeen: 12 * shares * BATCH, nextBatch: 12 * shares });
    for (const [name, values] of one.state) {
      const moved = Math.max(...values.map((value, i) => Math.abs(value - before.get(name)![i]!)));
      const error = Math.max(...values.map((value, i) => Math.abs(value - many.state.get(name)![i]!)));
      if (name === "weights/offset") expect([moved, error]).toEqual([0, 0]);
      else {
        // Half a unit in the last place of a weight, at each step of both.
        const rounding = 12 * 2 ** -23 * Math.max(...values.map(Math.abs));
        expect(moved, name).toBeGreaterThan(1000 * rounding);
        expect(error, `${name}, which moved by ${moved}`).toBeLessThan(rounding);
      }
    }
  },
);

test("one share, taken as it is, equals training on one machine bit for bit: weights and moments", async () => {
  const [alone, inShares] = [await newRun(), await newRun()];
  await eventsOf(tinyRun(alone));
  await inRounds(inShares, { shares: 1, rounds: { localSteps: 4, ...MEAN } });
  const [one, other] = [await endOf(alone), await endOf(inShares)];
  const compared = [...one.state.keys()].filter((name) => !name.startsWith("ema/"));
  expect(compared.length).toBe(13);
  for (const name of compared) expect(other.state.get(name), name).toEqual(one.state.get(name));
});

test("the outer step is SGD with Nesterov momentum: the closed form for a constant gradient", () => {
  const objective = tinyObjective(BATCH, PATCH);
  const recipe = { ...PLAIN, ema: { halfLifeImages: 1, rampUp: null } };
  let state = withMomentum(objective, initialState(objective, recipe, Rng.fromSeed(1)));
  const name = "weights/first.bias";
  const [rate, momentum, gradient, steps, emaWeight] = [0.7, 0.9, 0.25, 9, 0.125];
  let average = 0;
  for (let t = 1; t <= steps; t++) {
    const mean = new MeanState([...state].map(([entry, values]) => ({ name: entry, shape: [values.length] })));
    // Two shares whose mean is the weights less the gradient.
    for (const side of [-1, 1])
      mean.add(new Map([...state].map(([entry, values]) => [entry, values.map((x) => x - gradient + side)])));
    state = outerStep(objective, recipe, state, mean, { learningRate: rate, momentum, emaWeight });
    // b_k = g (1 - m^k) / (1 - m); theta_t = theta_0 - rate sum of (g + m b_k)
    const sumOfB = (gradient * (t - (momentum * (1 - momentum ** t)) / (1 - momentum))) / (1 - momentum);
    const expected = -rate * (t * gradient + momentum * sumOfB);
    average += emaWeight * (expected - average);
    for (const value of state.get(name)!) expect(value).toBeCloseTo(expected, 5);
    for (const value of state.get("ema/first.bias")!) expect(value).toBeCloseTo(average, 5);
  }
});

test("stopped and resumed equals uninterrupted, bit for bit, also when a limit falls into a round", async () => {
  const [whole, parts] = [await newRun(), await newRun()];
  const setting = { shares: 2, rounds: { localSteps: 4, learningRate: 0.7, momentum: 0.9 } };
  await inRounds(whole, setting);
  const first = await inRounds(parts, { ...setting, maxSteps: 6 });
  expect(first.at(-1)).toMatchObject({ type: "stopped", reason: "max-steps", progress: { step: 8, nextBatch: 16 } });
  const second = await inRounds(parts, { ...setting, resume: true });
  expect(second[0]).toMatchObject({ type: "started", from: "step-00000008.safetensors" });
  expect(await endOf(parts)).toEqual(await endOf(whole));
  const lines = (await readFile(join(parts.path, "metrics.jsonl"), "utf8")).trim().split("\n");
  expect(lines.map((line) => JSON.parse(line).step)).toEqual([4, 8, 12, 16, 20]);
});

test("a lost share costs itself: the others count, and its batches are not seen", async () => {
  const run = await newRun();
  const setting = { shares: 2, rounds: { localSteps: 1, ...MEAN }, recipe: PLAIN, steps: 2 };
  const events = await inRounds(run, { ...setting, isLost: (step, share) => step === 0 && share === 0 });
  expect(events.filter(({ type }) => type === "lost")).toEqual([{ type: "lost", step: 1, share: 0, reason: "gone" }]);
  const { place } = await endOf(run);
  expect(place).toEqual({ step: 2, imagesSeen: 3 * BATCH, nextBatch: 4 });
  const short = await newRun();
  await inRounds(short, { ...setting, steps: 1, isLost: (_, share) => share === 0 });
  const options = tinyRun(short, { recipe: PLAIN, steps: 1 });
  const start = initialState(options.objective, PLAIN, Rng.fromSeed(11).fork("initial weights"));
  const { state } = await trainShare({ ...options, state: start, step: 0, localSteps: 1, firstBatch: 1 });
  for (const [name, values] of state) expect((await endOf(short)).state.get(name), name).toEqual(values);
});
