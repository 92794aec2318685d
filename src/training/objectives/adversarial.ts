/**
 * @file Adversarial training of a predictor as DeblurGAN-v2 publishes it (Kupyn et al. 2019): a content loss and the
 * loss from discriminators, which are updated first in each step.
 */
import * as z from "zod";
import type { Rng } from "../../base/random.js";
import { losses } from "../../diffusion/losses.js";
import { gradients } from "../../graph/gradients.js";
import { add, mul, sub } from "../../graph/ops/arithmetic.js";
import { filled } from "../../graph/ops/constant.js";
import { stopGradient } from "../../graph/ops/stop-gradient.js";
import { input, type Placeholder, type Tensor } from "../../graph/tensor.js";
import {
  type Discriminator,
  patchDiscriminator,
  patchDiscriminatorSchema,
} from "../../networks/deblurgan/discriminators.js";
import type { Network } from "../../networks/network.js";
import { type BackboneName, backbone } from "../../nn/backbones/torchvision.js";
import {
  ADVERSARIAL_LOSS_NAMES,
  ADVERSARIAL_LOSSES,
  type AdversarialLoss,
  type DiscriminatorOutputs,
  gradientPenalty,
  POOL_SIZE,
  pooled,
  poolMean,
} from "../../nn/losses/adversarial.js";
import { type Features, GRAM_LAYERS, gramContentLoss } from "../../nn/losses/gram.js";
import { PERCEPTUAL_LAYER, perceptualLoss } from "../../nn/losses/perceptual.js";
import { bindWeights, Scope, type Weights } from "../../nn/parameters.js";
import { batchStatistics, RecordedStatistics } from "../../nn/running-statistics.js";
import { floats, type Values } from "../../runtime/session.js";
import { DropoutMasks } from "../dropout-masks.js";
import type { Memory, Objective } from "../objective.js";
import type { BatchShape } from "./predictor.js";

/** Content losses that compare features: of which network, at which modules, and how. */
export const FEATURE_LOSSES = {
  perceptual: {
    network: "vgg19",
    layers: [PERCEPTUAL_LAYER],
    loss: (made: Tensor, real: Tensor, features: Features) => perceptualLoss(made, real, (x) => features(x)[0]!),
  },
  gram: { network: "vgg16", layers: GRAM_LAYERS, loss: gramContentLoss },
} as const satisfies Record<
  string,
  {
    readonly network: BackboneName;
    readonly layers: readonly number[];
    readonly loss: (made: Tensor, real: Tensor, features: Features) => Tensor;
  }
>;
export type FeatureLoss = keyof typeof FEATURE_LOSSES;

export const CONTENT_LOSSES = ["perceptual", "gram", "l1", "l2"] as const;
export const isFeatureLoss = (content: (typeof CONTENT_LOSSES)[number]): content is FeatureLoss =>
  content in FEATURE_LOSSES;

export const adversarialTrainingSchema = z.strictObject({
  kind: z.literal("adversarial"),
  content: z
    .enum(CONTENT_LOSSES)
    .default("perceptual")
    .describe(
      "loss beside the discriminators' judgement: DeblurGAN-v2's of VGG19's features and pixels, the style of VGG16's features and pixels, which need those networks' weights (unblur import), or pixels alone",
    ),
  adversarial: z
    .enum(ADVERSARIAL_LOSS_NAMES)
    .default("ragan-ls")
    .describe("loss of generator and discriminators; ragan-ls is that of DeblurGAN-v2's paper"),
  weight: z
    .number()
    .positive()
    .default(0.001)
    .describe("factor of the generator's adversarial loss, and of the discriminators' loss, too"),
  discriminators: z
    .array(patchDiscriminatorSchema)
    .min(1)
    .max(4)
    .default([
      { width: 64, layers: 3, normalisation: "instance" },
      { width: 64, layers: 5, normalisation: "instance" },
    ])
    .describe("discriminators, over whose losses a mean is taken; DeblurGAN-v2 has one of 3 and one of 5 layers"),
  frozenSteps: z
    .int()
    .min(0)
    .default(0)
    .describe("first steps, in which a pre-trained backbone keeps its weights; the optimiser starts anew behind them"),
});
export type AdversarialTraining = z.infer<typeof adversarialTrainingSchema>;

/** Requirements of a content loss: the network's module outputs and its weights. */
export interface ContentFeatures {
  readonly features: Features;
  readonly frozen: ReadonlyMap<Placeholder, Float32Array>;
}

/** The network of a content loss with its weights, up to the last module that is compared. */
export function contentFeatures(loss: FeatureLoss, weights: Weights): ContentFeatures {
  const { network, layers } = FEATURE_LOSSES[loss];
  const { parameters, features } = backbone(network);
  const used = parameters.filter(({ label }) => Number(label.split(".")[1]) <= layers.at(-1)!);
  return { features: (image) => features(image, layers), frozen: bindWeights(used, weights) };
}

/** Mean of the losses of several discriminators. */
const averaged = (terms: readonly Tensor[]): Tensor =>
  mul(
    terms.reduce((sum, term) => add(sum, term)),
    1 / terms.length,
  );

/** Contribution of one discriminator to adversarial training. */
export interface Scale {
  /** The discriminator's loss. */
  readonly against: Tensor;
  /** The generator's. */
  readonly own: Tensor;
  readonly memory: readonly Memory[];
  readonly kept: readonly Tensor[];
}

/**
 * The two losses of one discriminator. `filled`: number of used entries of its pools; `alpha`: position between
 * generated and real.
 */
export function adversarialScale(
  discriminator: Discriminator,
  name: string,
  { made, real }: DiscriminatorOutputs,
  kind: AdversarialLoss,
  { filled: places, alpha }: { readonly filled: Tensor; readonly alpha: Tensor },
): Scale {
  const rule = ADVERSARIAL_LOSSES[kind];
  const discriminate = (image: Tensor): Tensor => discriminator.forward(image, batchStatistics)[0]!;
  const fixed = stopGradient(made);
  const before: DiscriminatorOutputs = { made: discriminate(fixed), real: discriminate(real) };
  const memory = (["made", "real"] as const).map((which): Memory => {
    const placeholder = input(`pool/${name}/${which}`, [POOL_SIZE]);
    return { placeholder, next: pooled(placeholder, before[which]) };
  });
  const none = filled([], 0);
  const means: DiscriminatorOutputs = rule.relative
    ? { made: poolMean(memory[0]!.next, places), real: poolMean(memory[1]!.next, places) }
    : { made: none, real: none };
  let against = rule.discriminator(before, means);
  if (rule.penalised) {
    const between = add(mul(real, alpha), mul(fixed, sub(1, alpha)));
    const [slope] = gradients(discriminate(between), [between]);
    against = add(against, gradientPenalty(slope!));
  }
  return {
    against,
    own: rule.generator({ made: discriminate(made), real: before.real }, means),
    memory: rule.relative ? memory : [],
    kept: rule.relative ? [means.made, means.real] : [],
  };
}

/** Pictures of a training step, [N, 3, H, W] each. */
export interface Contest {
  readonly made: Tensor;
  /** Pictures that the discriminators are to tell from what is made. */
  readonly real: Tensor;
  /** Pictures that the content loss compares what is made with. */
  readonly target: Tensor;
}

export type ContestTraining = Pick<AdversarialTraining, "content" | "adversarial" | "weight" | "discriminators">;

/**
 * Content loss and discriminators of a generator: all of an objective but the generator's own parameters and inputs.
 * `content` is needed for losses that compare features. `compared` changes both pictures before the content loss.
 */
export function contest(
  { made, real, target }: Contest,
  training: ContestTraining,
  content: ContentFeatures | null,
  compared: (picture: Tensor) => Tensor = (picture) => picture,
): Pick<Objective, "inputs" | "frozen" | "loss" | "opponent" | "memory" | "terms"> & {
  readonly feeds: (rng: Rng, step: number | undefined) => Values;
} {
  const batchSize = made.shape[0]!;
  const [places, alpha] = [input("pool/filled", []), input("alpha", [])];
  const scope = Scope.root();
  const scales = training.discriminators.map((config, i) => {
    const name = `discriminator${i}`;
    const discriminator = patchDiscriminator(config, { scope: scope.child(name) });
    return adversarialScale(discriminator, name, { made, real }, training.adversarial, { filled: places, alpha });
  });
  const pictures = [compared(made), compared(target)] as const;
  const contentLoss = isFeatureLoss(training.content)
    ? FEATURE_LOSSES[training.content].loss(...pictures, content!.features)
    : losses[training.content].graph(...pictures);
  const adversarialLoss = averaged(scales.map(({ own }) => own));
  const { relative, penalised } = ADVERSARIAL_LOSSES[training.adversarial];
  const { weight } = training;
  return {
    inputs: [...(relative ? [places] : []), ...(penalised ? [alpha] : [])],
    frozen: content?.frozen ?? new Map(),
    loss: add(contentLoss, mul(adversarialLoss, weight)),
    opponent: {
      // Their running averages serve nothing: they judge by the batch's own statistics.
      parameters: scope.parameters().filter(({ buffer }) => !buffer),
      loss: mul(averaged(scales.map(({ against }) => against)), weight),
      kept: scales.flatMap(({ kept }) => kept),
    },
    memory: scales.flatMap(({ memory }) => memory),
    terms: { contentLoss, adversarialLoss },
    feeds: (rng, step = 1) => ({
      ...(relative ? { "pool/filled": floats(Float32Array.of(Math.min(POOL_SIZE, step * batchSize)), []) } : {}),
      ...(penalised ? { alpha: floats(Float32Array.of(rng.fork("alpha").uniforms(1)[0]!), []) } : {}),
    }),
  };
}

/** `content` is needed for losses that compare features. */
export function adversarialObjective(
  network: Network,
  training: AdversarialTraining,
  content: ContentFeatures | null,
  { batchSize, patchPx }: BatchShape,
): Objective {
  const shape = [batchSize, 3, patchPx, patchPx];
  const inputShape = [batchSize, network.inChannels, patchPx, patchPx];
  const [y, x0] = [input("y", inputShape), input("x0", shape)];
  const masks = new DropoutMasks();
  const statistics = new RecordedStatistics();
  const made = network.forward({ image: y, dropout: masks.dropout, statistics }).at(-1)!;
  const { inputs, feeds, ...rest } = contest({ made, real: x0, target: x0 }, training, content);
  const { frozenSteps } = training;
  return {
    ...rest,
    parameters: network.parameters,
    inputs: [y, x0, ...masks.inputs, ...inputs],
    updates: statistics.updates,
    ...(frozenSteps > 0 && network.backbone !== undefined
      ? { frozenAtFirst: { labels: network.backbone, steps: frozenSteps } }
      : {}),
    feeds: (batch, rng, step) => ({
      y: floats(batch.y, inputShape),
      x0: floats(batch.x0, shape),
      ...feeds(rng, step),
      ...masks.values(rng.fork("dropout")),
    }),
  };
}
