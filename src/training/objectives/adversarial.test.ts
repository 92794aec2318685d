import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { RunFolder } from "../../../platform/node/runs/run-folder.js";
import { tinyBatches } from "../../../test/training/tiny-objective.js";
import { eventsOf, tinyRun } from "../../../test/training/tiny-run.js";
import { unoptimisedRuntime } from "../../../test/unoptimised-runtime.js";
import { parseSafetensors } from "../../exchange/safetensors.js";
import { ADVERSARIAL_LOSS_NAMES } from "../../nn/losses/adversarial.js";
import { modelConfigSchema } from "../../restoration/model-config.js";
import type { TrainOptions } from "../loop.js";
import { weightsFromState } from "../trained-model.js";
import { createObjective, type ObjectiveConfig, objectiveSchema } from "./catalog.js";

const [SIZE, PATCH] = [2, 32];
const model = modelConfigSchema.parse({
  predictor: {
    network: { architecture: "fpn-mobilenet", widthMultiplier: 0.1, filters: 2, pyramidFilters: 4 },
  },
});
const training = (settings: object): ObjectiveConfig =>
  objectiveSchema.parse({
    kind: "adversarial",
    content: "l1",
    discriminators: [
      { width: 2, layers: 1 },
      { width: 2, layers: 2 },
    ],
    ...settings,
  });
const objectiveOf = (settings: object) =>
  createObjective(model, training(settings), {}, { batchSize: SIZE, patchPx: PATCH });
const run = (store: RunFolder, settings: object, more: Partial<TrainOptions> = {}): TrainOptions =>
  tinyRun(store, {
    ...{ objective: objectiveOf(settings), batches: tinyBatches(SIZE, PATCH), steps: 5 },
    ...{ runtime: unoptimisedRuntime(), ...more },
  });

let runs: string;
beforeEach(async () => {
  runs = await mkdtemp(join(tmpdir(), "unblur-gan-"));
});
afterEach(() => rm(runs, { recursive: true }));
const newRun = () => RunFolder.create(runs, "gan", { name: "gan" });
const tensorsOf = async (store: RunFolder, name?: string) => {
  const newest = name ?? (await store.checkpoints())[0]!;
  return parseSafetensors(await store.readCheckpoint(newest)).tensors;
};

test("a run that stops at the end of the frozen phase and within each equals one that does not", async () => {
  const settings = { frozenSteps: 3 };
  const [whole, parts] = [await newRun(), await newRun()];
  await eventsOf(run(whole, settings));
  for (const maxSteps of [2, 1, 1, 1])
    await eventsOf(run(parts, settings, { maxSteps, resume: (await parts.checkpoints()).length > 0 }));
  const [expected, found] = [await tensorsOf(whole), await tensorsOf(parts)];
  expect(Object.fromEntries(found)).toEqual(Object.fromEntries(expected));
  const names = [...expected.keys()];
  for (const start of ["weights/fpn.features.0.0", "m/final", "opponent/weights/discriminator1", "opponent/v/", "memory/pool/discriminator0/made"])
    expect(names.some((name) => name.startsWith(start)), start).toBe(true); // biome-ignore format: a list
});

test("the backbone keeps its weights while it is frozen, its running averages move, and then it is trained", async () => {
  const store = await newRun();
  const settings = { frozenSteps: 2 };
  const learningRate = { kind: "constant", peak: 1e-2, warmUpSteps: 0, finalFraction: 0 } as const;
  const every = { checkpointEvery: { steps: 1, minutes: 1000 }, keep: 9 };
  await eventsOf(run(store, settings, { ...every, steps: 3, learningRate }));
  const [third, second, first] = await Promise.all((await store.checkpoints()).map((name) => tensorsOf(store, name)));
  const at = (tensors: typeof third, name: string) => tensors!.get(name)!.data as Float32Array;
  const [weight, average] = ["weights/fpn.features.0.0.weight", "weights/fpn.features.0.1.running_mean"];
  expect(at(second, weight)).toEqual(at(first, weight));
  expect(at(third, weight)).not.toEqual(at(second, weight));
  expect(at(second, average)).not.toEqual(at(first, average));
  const other = "weights/final.weight";
  expect(at(second, other)).not.toEqual(at(first, other));
  // Adam's first step moves each weight by the rate, whatever the gradient: the optimiser has started anew.
  const moved = Math.abs(at(third, other)[0]! - at(second, other)[0]!);
  expect(Math.abs(moved / learningRate.peak - 1)).toBeLessThan(0.02);
});

test("the log has both losses, and the model that restores is the generator alone", async () => {
  const store = await newRun();
  await eventsOf(run(store, {}, { steps: 1 }));
  const [line] = (await readFile(join(store.path, "metrics.jsonl"), "utf8")).trim().split("\n");
  const metrics = JSON.parse(line!) as Record<string, number>;
  expect(metrics.loss).toBeCloseTo(metrics.contentLoss! + 0.001 * metrics.adversarialLoss!, 5);
  expect(metrics.discriminatorLoss).toBeGreaterThan(0);
  expect(metrics.discriminatorGradNorm).toBeGreaterThan(0);
  const state = new Map([...(await tensorsOf(store))].map(([name, { data }]) => [name, data as Float32Array]));
  const labels = new Set(objectiveOf({}).parameters.map(({ label }) => label));
  expect(new Set(weightsFromState(state).keys())).toEqual(labels);
});

test.each(ADVERSARIAL_LOSS_NAMES)("%s trains both networks", async (adversarial) => {
  const store = await newRun();
  const small = modelConfigSchema.parse({
    predictor: { network: { architecture: "deblurgan", width: 2, blocks: 0 } },
  });
  const settings = training({ adversarial, weight: 1, discriminators: [{ width: 2, layers: 1 }] });
  const objective = createObjective(small, settings, {}, { batchSize: SIZE, patchPx: PATCH });
  const every = { checkpointEvery: { steps: 1, minutes: 1000 }, steps: 2 };
  await eventsOf(run(store, {}, { objective, ...every }));
  const [second, first] = await Promise.all((await store.checkpoints()).map((name) => tensorsOf(store, name)));
  for (const name of ["weights/model.1.weight", "opponent/weights/discriminator0.model.0.weight"])
    expect(second!.get(name)!.data).not.toEqual(first!.get(name)!.data);
});

test("losses of features are refused in words without the network's weights", () => {
  expect(() => objectiveOf({ content: "perceptual" })).toThrow(/VGG19.*choose "l1"/);
  expect(() => objectiveOf({ content: "gram" })).toThrow(/VGG16.*choose "l1"/);
});

test("patches must fit the generator", () => {
  expect(() => createObjective(model, training({}), {}, { batchSize: 1, patchPx: 48 })).toThrow(
    /patchPx must be a multiple of 32 for this network, got 48/,
  );
});
