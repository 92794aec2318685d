/** @file The generator that blurs: losses and gradients in float64, what is compared with what, and exact resuming. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { RunFolder } from "../../../platform/node/runs/run-folder.js";
import { aliveWeights } from "../../../test/oracle/alive-weights.js";
import { expectClose } from "../../../test/oracle/close.js";
import { interpret } from "../../../test/oracle/onnx-interpreter.js";
import { softplus } from "../../../test/oracle/special-functions.js";
import { tinyBatches } from "../../../test/training/tiny-objective.js";
import { eventsOf, tinyRun } from "../../../test/training/tiny-run.js";
import { unoptimisedRuntime } from "../../../test/unoptimised-runtime.js";
import { Rng } from "../../base/random.js";
import { parseSafetensors } from "../../exchange/safetensors.js";
import { lower } from "../../graph/compile.js";
import { gradients } from "../../graph/gradients.js";
import { input } from "../../graph/tensor.js";
import { patchDiscriminator } from "../../networks/deblurgan/discriminators.js";
import { Scope } from "../../nn/parameters.js";
import { batchStatistics } from "../../nn/running-statistics.js";
import { modelConfigSchema } from "../../restoration/model-config.js";
import { floatResult } from "../../runtime/session.js";
import { createObjective, objectiveSchema, trainedNetwork } from "./catalog.js";

const [SIZE, PATCH] = [2, 12];
const SHAPE = { batchSize: SIZE, patchPx: PATCH };
const rng = Rng.fromSeed(23);
const JUDGE = { width: 2, layers: 1, normalisation: "instance" } as const;
const modelOf = (network: object) => modelConfigSchema.parse({ blur: { network } });
const published = modelOf({ architecture: "blur-generator", width: 2, blocks: 1, addInput: true });
const unet = {
  architecture: "residual-unet",
  inChannels: 7,
  widths: [3],
  blocks: [1],
  middleBlocks: 0,
  addInput: true,
};
const plain = modelOf(unet);
const objectiveOf = (settings: object, model = published) =>
  createObjective(
    model,
    objectiveSchema.parse({ kind: "blur", content: "l1", discriminators: [JUDGE], ...settings }),
    {},
    SHAPE,
  );

let runs: string;
beforeEach(async () => {
  runs = await mkdtemp(join(tmpdir(), "unblur-blur-objective-"));
});
afterEach(() => rm(runs, { recursive: true }));

/** Means over squares are products with matrices of float32. */
const CLOSE = { rtol: 1e-6, atol: 0 };
const mean = (values: ArrayLike<number>) => Array.from(values).reduce((sum, value) => sum + value, 0) / values.length;
const length = SIZE * 3 * PATCH ** 2;
const patches = (name: string) =>
  rng
    .fork(name)
    .uniforms(length)
    .map((u) => 2 * u - 1);
const batch = { y: patches("real"), x0: patches("sharp"), size: SIZE, patchPx: PATCH };

/** Values of the objective's inputs and of the parameters of both networks, by label. */
async function valuesOf(objective: ReturnType<typeof objectiveOf>) {
  const feeds = await objective.feeds(batch, rng, 1);
  const parameters = [...objective.parameters, ...objective.opponent!.parameters];
  const weights = aliveWeights(parameters, { initial: rng, instead: rng.fork("alive"), scale: 0.2 });
  return {
    parameters,
    values: Object.fromEntries([
      ...Object.keys(feeds).map((name) => [name, Float64Array.from(floatResult(feeds, name))] as const),
      ...parameters.map(({ label }) => [label, Float64Array.from(weights.get(label)!)] as const),
    ]) as Record<string, Float64Array>,
  };
}

test("the judges compare what is made with blurred photos, the content loss with the sharp ones: in closed form", async () => {
  const objective = objectiveOf({ shrink: 3, weight: 0.5 });
  const { parameters, values } = await valuesOf(objective);
  const network = trainedNetwork(published, "blur");
  const shape = [SIZE, 3, PATCH, PATCH];
  const image = input("image", [SIZE, 7, PATCH, PATCH]);
  // The photo, then its noise, for each of the batch.
  const [photo, noise] = [3 * PATCH ** 2, 4 * PATCH ** 2];
  const joined = new Float64Array(SIZE * (photo + noise));
  for (let n = 0; n < SIZE; n++) {
    joined.set(values.x0!.subarray(n * photo, (n + 1) * photo), n * (photo + noise));
    joined.set(values.noise!.subarray(n * noise, (n + 1) * noise), n * (photo + noise) + photo);
  }
  const made = interpret(
    lower({
      inputs: [...network.parameters, image],
      outputs: { made: network.forward({ image, statistics: batchStatistics })[0]! },
    }),
    { ...values, image: joined },
  ).made!;
  const scope = Scope.root();
  const judge = patchDiscriminator(JUDGE, { scope: scope.child("discriminator0") });
  const judged = input("judged", shape);
  const graph = lower({
    inputs: [...judge.parameters, judged],
    outputs: { map: judge.forward(judged, batchStatistics)[0]! },
  });
  const buffers = Object.fromEntries(judge.parameters.filter(({ buffer }) => buffer).map(({ label, size }) => [label, new Float64Array(size)])); // biome-ignore format: unused
  const mapOf = (picture: Float64Array) => interpret(graph, { ...values, ...buffers, judged: picture }).map!;
  const [ofMade, ofReal] = [mapOf(Float64Array.from(made)), mapOf(values.y!)];
  const [meanMade, meanReal] = [mean(ofMade), mean(ofReal)];
  // The discriminator: blurred photos are more real than the mean of what is made, and the other way round.
  const against =
    mean(ofReal.map((value) => softplus(-(value - meanMade)))) +
    mean(ofMade.map((value) => softplus(value - meanReal)));
  const own =
    mean(ofReal.map((value) => softplus(value - meanMade))) +
    mean(ofMade.map((value) => softplus(-(value - meanReal))));
  let content = 0;
  for (let plane = 0; plane < 3 * SIZE; plane++)
    for (let row = 0; row < PATCH; row += 3)
      for (let column = 0; column < PATCH; column += 3) {
        let difference = 0;
        for (let k = 0; k < 9; k++) {
          const i = (plane * PATCH + row + Math.floor(k / 3)) * PATCH + column + (k % 3);
          difference += made[i]! - values.x0![i]!;
        }
        content += Math.abs(difference / 9) / (3 * SIZE * (PATCH / 3) ** 2);
      }
  const found = interpret(
    lower({
      inputs: [...parameters, ...objective.inputs],
      outputs: { ...objective.terms, loss: objective.loss, against: objective.opponent!.loss },
    }),
    values,
  );
  expectClose(found.contentLoss!, [content], CLOSE);
  expectClose(found.adversarialLoss!, [own], CLOSE);
  expectClose(found.loss!, [content + 0.5 * own], CLOSE);
  expectClose(found.against!, [0.5 * against], CLOSE);
});

test("gradients of both networks equal central differences", async () => {
  const objective = objectiveOf({ content: "l2", weight: 0.5 });
  const { parameters, values } = await valuesOf(objective);
  for (const [loss, trained] of [
    [objective.loss, objective.parameters],
    [objective.opponent!.loss, objective.opponent!.parameters],
  ] as const) {
    const learned = trained.filter(({ trainable, buffer }) => trainable && !buffer);
    const grads = gradients(loss, learned);
    const outputs = { loss, ...Object.fromEntries(grads.map((grad, i) => [`${i}`, grad])) };
    const graph = lower({ inputs: [...parameters, ...objective.inputs], outputs });
    const alone = lower({ inputs: [...parameters, ...objective.inputs], outputs: { loss } });
    const found = interpret(graph, values);
    const largest = Math.max(...grads.flatMap((_, i) => Array.from(found[`${i}`]!, Math.abs)));
    expect(largest).toBeGreaterThan(1e-4);
    for (const [i, { label, size }] of learned.entries()) {
      const at = rng.fork("place", label).integer(size);
      const moved = (by: number) => {
        const changed = values[label]!.slice();
        changed[at]! += by;
        return interpret(alone, { ...values, [label]: changed }).loss![0]!;
      };
      const step = 1e-6;
      const slope = (moved(step) - moved(-step)) / (2 * step);
      expect(Math.abs(found[`${i}`]![at]! - slope), `${label}[${at}]`).toBeLessThan(1e-5 * largest + 1e-9);
    }
  }
});

test("an untrained generator with the input added leaves no content loss", async () => {
  const objective = objectiveOf({}, plain);
  const events = await eventsOf(
    tinyRun(await RunFolder.create(runs, "blur", { name: "blur" }), {
      ...{ objective, batches: tinyBatches(SIZE, PATCH), steps: 1, runtime: unoptimisedRuntime() },
    }),
  );
  const [first] = events.flatMap((event) => (event.type === "step" ? [event] : []));
  // What is left is the weighted adversarial loss, twice the entropy of a fair guess or so.
  expect(first!.loss).toBeGreaterThan(0.01);
  expect(first!.loss).toBeLessThan(0.05);
});

test("noise belongs to the step's source: the same for the same, and another for another", async () => {
  const objective = objectiveOf({});
  const noise = async (source: Rng) => floatResult({ ...(await objective.feeds(batch, source, 1)) }, "noise");
  expect(await noise(rng)).toEqual(await noise(Rng.fromSeed(23)));
  const [one, other] = [await noise(rng), await noise(rng.fork(1))];
  expect(one).not.toEqual(other);
  expect(one.slice(0, one.length / 2)).not.toEqual(one.slice(one.length / 2)); // two patches of a batch
});

test.each(["ragan-batch", "ragan-ls"])(
  "%s: a run that stops and resumes equals one that does not",
  async (adversarial) => {
    const newRun = () => RunFolder.create(runs, "blur", { name: "blur" });
    const [whole, parts] = [await newRun(), await newRun()];
    const run = (store: RunFolder, more: object) =>
      tinyRun(store, {
        ...{ objective: objectiveOf({ adversarial }), batches: tinyBatches(SIZE, PATCH), steps: 3 },
        ...{ runtime: unoptimisedRuntime(), ...more },
      });
    await eventsOf(run(whole, {}));
    for (const resume of [false, true]) await eventsOf(run(parts, { maxSteps: resume ? 2 : 1, resume }));
    const [expected, found] = await Promise.all(
      [whole, parts].map(async (store) => {
        const { tensors } = parseSafetensors(await store.readCheckpoint((await store.checkpoints())[0]!));
        return Object.fromEntries([...tensors].map(([name, { data }]) => [name, Array.from(data as Float32Array)]));
      }),
    );
    expect(Object.keys(found!)).toEqual(Object.keys(expected!));
    const differing = Object.keys(expected!).filter((name) =>
      found![name]!.some((value, i) => value !== expected![name]![i]),
    );
    expect(differing).toEqual([]);
    expect(Object.keys(expected!)).toContain("opponent/weights/discriminator0.model.0.weight");
  },
);

test("what cannot be trained is refused in words", () => {
  expect(() => objectiveOf({ content: "perceptual" })).toThrow(/VGG19.*choose "l1"/);
  expect(() => objectiveOf({ shrink: 5 })).toThrow(/objective.shrink must divide patchPx, 12, got 5/);
  expect(() => createObjective(published, objectiveSchema.parse({ kind: "blur", content: "l1" }), {}, { batchSize: 1, patchPx: 33 })).toThrow(/patchPx must be a multiple of 2/); // biome-ignore format: a line
});
