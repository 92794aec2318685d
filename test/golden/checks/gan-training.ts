/**
 * @file The fixtures of `training/`: steps of DeblurGAN-v2's training, with the backbone trained and held fixed,
 * through the training step of `unblur train`; and the learning rates of all epochs.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createRuntime } from "../../../platform/node/threads/runtime.js";
import { Rng } from "../../../src/base/random.js";
import { parseSafetensors } from "../../../src/exchange/safetensors.js";
import { compile } from "../../../src/graph/compile.js";
import { input, type Tensor } from "../../../src/graph/tensor.js";
import { fpnMobilenet, fpnMobilenetSchema } from "../../../src/networks/deblurgan/fpn-mobilenet.js";
import { bindWeights, type Weights } from "../../../src/nn/parameters.js";
import { RecordedStatistics } from "../../../src/nn/running-statistics.js";
import { floatResult, floats } from "../../../src/runtime/session.js";
import { learningRateAt, learningRateSchema } from "../../../src/training/learning-rate.js";
import { adversarialObjective, adversarialTrainingSchema } from "../../../src/training/objectives/adversarial.js";
import { optimiserSchema } from "../../../src/training/optimisers.js";
import { TrainingPhases } from "../../../src/training/phases.js";
import { initialState, opponentName, type StateValues, stateName, WEIGHTS } from "../../../src/training/state.js";
import type { GoldenCheck } from "../check.js";
import { narrowFeatures } from "./gan-losses.js";
import { ganCase } from "./gan-networks.js";
import { compared, type Outcome, type Tensors, tensorsOf } from "./outcome.js";

interface Step {
  readonly loss_D_times_lambda: number;
  readonly loss_content: number;
  readonly loss_adv: number;
  readonly loss_G: number;
  readonly grad_l2: Readonly<Record<string, number>>;
}

interface Schedule {
  readonly num_epochs: number;
  readonly lr: number;
  readonly start_epoch: number;
  readonly min_lr: number;
  readonly warmup_num: number;
  readonly lr_G_per_epoch: readonly number[];
  readonly lr_D_per_epoch: readonly number[];
}

interface Case {
  readonly start_weights: Readonly<Record<"G" | "patch" | "full" | "vgg", string>>;
  /** Settings in words. */
  readonly recipe: string;
  readonly steps: Readonly<Record<"unfrozen" | "frozen", readonly Step[]>>;
  readonly schedules: Readonly<Record<string, Schedule>>;
}

/** Tolerances stated in the fixtures' README: of losses after a few steps, and of the mean deviation of parameters. */
const TOLERANCES = { losses: 2e-3, gradient: 2e-2, meanDeviation: 1e-5, statistics: 1e-4, rates: 1e-9 };

const json = <T>(root: string, file: string): T => JSON.parse(readFileSync(join(root, file), "utf8")) as T;
const readTensors = (root: string, file: string): Tensors =>
  tensorsOf(parseSafetensors(readFileSync(join(root, file)), file));
const norm = (values: ArrayLike<number>): number =>
  Math.sqrt(Array.from(values).reduce((sum, value) => sum + value * value, 0));
const stemOf = (file: string): string => /networks\/(.*)\.safetensors/.exec(file)![1]!;

/** The number behind a word of the recipe. */
function numberIn(recipe: string, pattern: RegExp): number {
  const found = pattern.exec(recipe)?.[1];
  if (found === undefined) throw new Error(`training: the recipe does not say ${pattern}: ${recipe}`);
  return Number(found);
}

function prepared(root: string, golden: Case, frozen: boolean) {
  const { start_weights: from, recipe } = golden;
  const generator = ganCase(root, stemOf(from.G))!.config as Record<string, number>;
  const network = fpnMobilenet(
    fpnMobilenetSchema.parse({
      architecture: "fpn-mobilenet",
      widthMultiplier: generator.width_mult ?? 1,
      filters: generator.num_filters,
      pyramidFilters: generator.num_filters_fpn,
    }),
  );
  const [vggFile, prefix] = /^(\S+) (\w+)\/\*$/.exec(from.vgg)!.slice(1) as [string, string];
  const vgg = readTensors(root, vggFile);
  const { perceptual } = json<{ perceptual: { vgg_narrow_channels: (number | "M")[] } }>(
    root,
    vggFile.replace(/safetensors$/, "json"),
  );
  const { parameters, features } = narrowFeatures(perceptual.vgg_narrow_channels);
  const vggWeights = new Map(parameters.map(({ label }) => [label, vgg.get(`${prefix}/${label}`)] as const));
  const discriminators = [from.patch, from.full].map((file) => {
    const config = ganCase(root, stemOf(file))!.config as Record<string, number | string>;
    return { width: config.ndf, layers: config.n_layers, normalisation: config.norm_layer };
  });
  const training = adversarialTrainingSchema.parse({
    kind: "adversarial",
    content: /content (\w+)/.exec(recipe)![1],
    adversarial: /adv (?!_)([\w-]+)/.exec(recipe)![1],
    weight: numberIn(recipe, /adv_lambda ([\d.e-]+)/),
    discriminators,
    frozenSteps: frozen ? 1000 : 0,
  });
  const content = { features: (image: Tensor) => [features(image)], frozen: bindWeights(parameters, vggWeights) };
  const batchSize = numberIn(recipe, /batch (\d+)/);
  const betas = /betas ([\d.]+)\/([\d.]+)/.exec(recipe)!;
  const optimiser = optimiserSchema.parse({
    kind: "adam",
    beta1: Number(betas[1]),
    beta2: Number(betas[2]),
    eps: numberIn(recipe, /eps ([\d.e-]+)/),
  });
  return { network, training, content, batchSize, recipe: { optimiser, maxGradNorm: null, ema: null } };
}

async function checkSteps(root: string, golden: Case, variant: "unfrozen" | "frozen"): Promise<Outcome[]> {
  const tensors = readTensors(root, "training/deblurganv2_steps.safetensors");
  const { network, training, content, batchSize, recipe } = prepared(root, golden, variant === "frozen");
  const patchPx = Math.sqrt(tensors.get("blur_0").length / 3 / batchSize);
  const objective = adversarialObjective(network, training, content, { batchSize, patchPx });
  const generator = readTensors(root, golden.start_weights.G);
  const weights: Weights = new Map(
    network.parameters.map(({ label }) => [label, generator.get(`state/${label}`)] as const),
  );
  const state = initialState(objective, recipe, Rng.fromSeed(0), weights);
  const judges = [golden.start_weights.patch, golden.start_weights.full].map((file) => readTensors(root, file));
  for (const parameter of objective.opponent!.parameters) {
    const [, at, label] = /^discriminator(\d+)\.(.*)$/.exec(parameter.label)!;
    state.get(opponentName(WEIGHTS, parameter))!.set(judges[Number(at)]!.get(`state/${label}`));
  }
  const learningRate = numberIn(golden.recipe, /lr ([\d.e-]+)/);
  const parameterOf = new Map(network.parameters.map((parameter) => [parameter.label, parameter]));
  const beta1 = recipe.optimiser.kind === "adam" ? recipe.optimiser.beta1 : 0;
  const found: Outcome[] = [];
  let last: StateValues = state;
  await using phases = await TrainingPhases.open(createRuntime(), objective, recipe, state, 1);
  for (const [i, step] of golden.steps[variant].entries()) {
    const meanBefore = new Map(
      Object.keys(step.grad_l2).map((label) => [
        label,
        phases.state.get(stateName("m", parameterOf.get(label)!))!.slice(),
      ]),
    );
    const batch = { y: tensors.get(`blur_${i}`), x0: tensors.get(`sharp_${i}`), size: batchSize, patchPx };
    const feeds = await objective.feeds(batch, Rng.fromSeed(i), i + 1);
    const { loss, terms } = await phases.run(feeds, { step: i + 1, learningRate });
    last = phases.state;
    const where = `${variant}, step ${i + 1}`;
    const relative = TOLERANCES.losses;
    const losses = [
      ["D", terms.discriminatorLoss!, step.loss_D_times_lambda],
      ["content", terms.contentLoss!, step.loss_content],
      ["adversarial", terms.adversarialLoss!, step.loss_adv],
      ["G", loss, step.loss_G],
    ] as const;
    found.push(...losses.map(([name, ours, theirs]) => compared(`${where}: ${name}`, [ours], [theirs], { relative })));
    // What Adam's mean gradient moved by is the gradient.
    for (const [label, l2] of Object.entries(step.grad_l2)) {
      const [before, after] = [meanBefore.get(label)!, last.get(stateName("m", parameterOf.get(label)!))!];
      const gradient = after.map((value, k) => (value - beta1 * before[k]!) / (1 - beta1));
      found.push(compared(`${where}: norm of ${label}`, [norm(gradient)], [l2], { relative: TOLERANCES.gradient }));
    }
  }
  return [
    ...found,
    ...afterwards(tensors, variant, last, objective),
    ...(await output(tensors, variant, network, last)),
  ];
}

function afterwards(
  tensors: Tensors,
  variant: string,
  state: StateValues,
  objective: ReturnType<typeof adversarialObjective>,
): Outcome[] {
  const all = [
    ...objective.parameters.map((parameter) => [`after/${parameter.label}`, stateName(WEIGHTS, parameter)] as const),
    ...objective.opponent!.parameters.map((parameter) => {
      const label = parameter.label
        .replace(/^discriminator0\./, "after_patch/")
        .replace(/^discriminator1\./, "after_full/");
      return [label, opponentName(WEIGHTS, parameter)] as const;
    }),
  ];
  return all.flatMap(([key, name]) => {
    const stored = `${variant}/${key}`;
    if (!tensors.has(stored)) return [];
    const [ours, theirs] = [state.get(name)!, tensors.get(stored)];
    if (isAverage(key)) return []; // read after one picture more: see `output`
    const mean = ours.reduce((sum, value, i) => sum + Math.abs(value - theirs[i]!), 0) / ours.length;
    return [compared(`${stored}: mean deviation`, [mean], [0], { absolute: TOLERANCES.meanDeviation })];
  });
}

const isAverage = (key: string): boolean => /running_(mean|var)$/.test(key);

/** The generator's output for the first photo with the weights of the end, and its running averages after that. */
async function output(
  tensors: Tensors,
  variant: string,
  network: ReturnType<typeof fpnMobilenet>,
  state: StateValues,
): Promise<Outcome[]> {
  const expected = tensors.get(`${variant}/output_after`);
  const side = Math.sqrt(expected.length / 3);
  const image = input("image", [1, 3, side, side]);
  const weights: Weights = new Map(
    network.parameters.map((parameter) => [parameter.label, state.get(stateName(WEIGHTS, parameter))!] as const),
  );
  const statistics = new RecordedStatistics();
  const result = network.forward({ image, statistics })[0]!;
  const averages = [...statistics.updates].filter(([{ label }]) => tensors.has(`${variant}/after/${label}`));
  const outputs = Object.fromEntries(averages.map(([{ label }, next]) => [label, next] as const));
  await using session = await createRuntime().open(
    compile({ inputs: [image], outputs: { result, ...outputs }, weights: bindWeights(network.parameters, weights) }),
  );
  const values = await session.run({ image: floats(tensors.get("blur_0"), image.shape) });
  const relative = TOLERANCES.losses;
  return [
    compared(`${variant}: output afterwards`, floatResult(values, "result"), expected, { relative }),
    ...averages.map(([{ label }]) =>
      compared(`${variant}/after/${label}`, floatResult(values, label), tensors.get(`${variant}/after/${label}`), {
        relative: TOLERANCES.statistics,
      }),
    ),
  ];
}

/** Rates by epoch: those of published code as a hold, and a fall to what its slope reaches in the last epoch. */
function checkRates(name: string, schedule: Schedule): Outcome[] {
  const { num_epochs: epochs, lr, start_epoch: hold, min_lr, warmup_num: frozen } = schedule;
  const falling = Math.max(0, epochs - 1 - hold);
  const config = learningRateSchema.parse({
    kind: "linear",
    peak: lr,
    epochSteps: 1,
    holdSteps: hold,
    finalFraction: 1 - ((1 - min_lr / lr) * falling) / epochs,
  });
  const rate = (epoch: number): number => learningRateAt(config, epoch + 1, Math.max(epochs, hold + 1));
  const relative = TOLERANCES.rates;
  return [
    compared(
      `${name}: generator`,
      schedule.lr_G_per_epoch.map((_, epoch) => rate(epoch < frozen ? epoch : epoch - frozen)),
      schedule.lr_G_per_epoch,
      { relative },
    ),
    compared(
      `${name}: discriminators`,
      schedule.lr_D_per_epoch.map((_, epoch) => rate(epoch)),
      schedule.lr_D_per_epoch,
      {
        relative,
      },
    ),
  ];
}

async function outcomes(root: string): Promise<Outcome[]> {
  const golden = json<Case>(root, "training/deblurganv2_steps.json");
  const found = Object.entries(golden.schedules).flatMap(([name, schedule]) => checkRates(name, schedule));
  for (const variant of ["unfrozen", "frozen"] as const) found.push(...(await checkSteps(root, golden, variant)));
  return found;
}

export const ganTrainingChecks = (): GoldenCheck[] => [
  { files: ["training/deblurganv2_steps.json", "training/deblurganv2_steps.safetensors"], check: outcomes },
];
