/**
 * @file Optimisers as data: the values that each keeps per parameter, and one update as a graph. Numbers that change
 * with the step (bias corrections, learning rate) are computed outside in float64 and passed in as scalars, so the
 * graph never changes.
 */
import * as z from "zod";
import { add, div, mul, type Operand, sub } from "../graph/ops/arithmetic.js";
import { sqrt, square } from "../graph/ops/elementwise.js";
import { reshape } from "../graph/ops/shape.js";
import type { Shape, Tensor } from "../graph/tensor.js";
import { orthogonalise } from "./orthogonalise.js";

const moments = {
  beta1: z.number().min(0).lt(1).default(0.9).describe("decay of the mean gradient per step"),
  beta2: z.number().min(0).lt(1).default(0.999).describe("decay of the mean squared gradient per step"),
  eps: z.number().positive().default(1e-8).describe("added to the root of the mean squared gradient"),
};
const decay = z.number().min(0);

export const optimiserSchema = z.discriminatedUnion("kind", [
  z
    .strictObject({
      kind: z.literal("sgd"),
      weightDecay: decay.default(0).describe("factor of the weights that is added to the gradient"),
    })
    .describe("stochastic gradient descent without momentum"),
  z
    .strictObject({
      kind: z.literal("adam"),
      ...moments,
      weightDecay: decay.default(0).describe("factor of the weights that is added to the gradient"),
    })
    .describe("Adam as in PyTorch"),
  z
    .strictObject({
      kind: z.literal("adamw"),
      ...moments,
      weightDecay: decay.default(0.01).describe("decay of a weight per step, relative to the learning rate"),
    })
    .describe("AdamW (Loshchilov & Hutter 2019)"),
  z
    .strictObject({
      kind: z.literal("muon"),
      momentum: z.number().min(0).lt(1).default(0.95).describe("decay of the sum of gradients per step"),
      ...moments,
      weightDecay: decay.default(0.01).describe("decay of a weight per step, relative to the learning rate"),
    })
    .describe("Muon (Jordan et al. 2024) for weights of layers, AdamW for biases and other vectors"),
]);
export type OptimiserConfig = z.infer<typeof optimiserSchema>;
export type OptimiserKind = OptimiserConfig["kind"];
type ConfigOf<K extends OptimiserKind> = Extract<OptimiserConfig, { readonly kind: K }>;
/** Those that keep the moments of Adam. */
type WithMoments = ConfigOf<"adam" | "adamw" | "muon">;

/** Tensors of one parameter's update; all except `scalars` have the parameter's shape. */
interface Update {
  readonly parameter: Tensor;
  readonly gradient: Tensor;
  /** Factor of `gradient` from clipping, or null. It is folded into products that are computed anyway. */
  readonly gradientScale: Tensor | null;
  readonly slots: Readonly<Record<string, Tensor>>;
  readonly scalars: Readonly<Record<string, Tensor>>;
}

interface Updated {
  readonly parameter: Tensor;
  readonly slots: Readonly<Record<string, Tensor>>;
}

interface Optimiser<C extends OptimiserConfig = OptimiserConfig> {
  /** Names of the values kept for a parameter of this shape, which start at zero. */
  slots(shape: Shape): readonly string[];
  /** Scalars of an update; `step` counts from 1. */
  scalars(config: C, step: number, learningRate: number): Readonly<Record<string, number>>;
  update(config: C, update: Update): Updated;
}

const scaled = (x: Tensor, scale: Tensor | null, factor: number): Tensor =>
  mul(x, scale ? mul(scale, factor) : (factor as Operand));

/**
 * The moments and the quotient of Adam (Kingma & Ba 2015) with PyTorch's meaning of eps. The bias corrections are
 * folded into two scalars: lr mHat / (sqrt(vHat) + eps) = rate m / (sqrt(v) + eps c) with c = sqrt(1 - beta2^t), rate =
 * lr c / (1 - beta1^t).
 */
function adamUpdate(
  { beta1, beta2 }: WithMoments,
  gradient: Tensor,
  scale: Tensor | null,
  { m, v }: Readonly<Record<string, Tensor>>,
  { rate, epsilon }: Readonly<Record<string, Tensor>>,
) {
  const nextM = add(mul(m!, beta1), scaled(gradient, scale, 1 - beta1));
  const nextV = add(mul(v!, beta2), scaled(square(gradient), scale && mul(scale, scale), 1 - beta2));
  const change = mul(div(nextM, add(sqrt(nextV), epsilon!)), rate!);
  return { change, slots: { m: nextM, v: nextV } };
}

const adamScalars = ({ beta1, beta2, eps }: WithMoments, step: number, learningRate: number) => {
  const c = Math.sqrt(1 - beta2 ** step);
  return { rate: (learningRate * c) / (1 - beta1 ** step), epsilon: eps * c };
};

const MOMENTS = ["m", "v"];

/** Shape of a layer's weights as [outputs, the rest]; null for vectors and for layers with a single output or input. */
function matrixOf(shape: Shape): readonly [number, number] | null {
  const [rows = 1, ...rest] = shape;
  const cols = rest.reduce((product, n) => product * n, 1);
  return rows > 1 && cols > 1 ? [rows, cols] : null;
}

const adamw: Optimiser<WithMoments> = {
  slots: () => MOMENTS,
  scalars: (config, step, learningRate) => ({
    ...adamScalars(config, step, learningRate),
    keep: 1 - learningRate * config.weightDecay,
  }),
  update(config, { parameter, gradient, gradientScale, slots, scalars }) {
    const { change, slots: next } = adamUpdate(config, gradient, gradientScale, slots, scalars);
    const kept = config.weightDecay === 0 ? parameter : mul(parameter, scalars.keep!);
    return { parameter: sub(kept, change), slots: next };
  },
};

/** The clipped gradient with the decay, which is not clipped. */
const decayedGradient = (decay: number, { parameter, gradient, gradientScale }: Update): Tensor =>
  add(gradientScale ? mul(gradient, gradientScale) : gradient, mul(parameter, decay));

const muon: Optimiser<ConfigOf<"muon">> = {
  slots: (shape) => (matrixOf(shape) ? ["m"] : MOMENTS),
  scalars: (config, step, learningRate) => ({ ...adamw.scalars(config, step, learningRate), learningRate }),
  update(config, update) {
    const matrix = matrixOf(update.parameter.shape);
    if (!matrix) return adamw.update(config, update);
    const { parameter, gradient, gradientScale, slots, scalars } = update;
    const g = gradientScale ? mul(gradient, gradientScale) : gradient;
    const m = add(mul(slots.m!, config.momentum), g);
    const ahead = add(g, mul(m, config.momentum)); // Nesterov's
    // An orthogonal matrix has entries of size 1 / sqrt(its longer side). The factor 0.2 is the size of AdamW's
    // updates, so that one learning rate suits both (Liu et al. 2025, Muon is Scalable for LLM Training, eq. 4).
    const change = mul(
      orthogonalise(reshape(ahead, matrix)),
      mul(scalars.learningRate!, 0.2 * Math.sqrt(Math.max(...matrix))),
    );
    const kept = config.weightDecay === 0 ? parameter : mul(parameter, scalars.keep!);
    return { parameter: sub(kept, reshape(change, parameter.shape)), slots: { m } };
  },
};

const OPTIMISERS: { readonly [K in OptimiserKind]: Optimiser<ConfigOf<K>> } = {
  sgd: {
    slots: () => [],
    scalars: (_, __, learningRate) => ({ learningRate }),
    update({ weightDecay }, update) {
      const { parameter, gradient, gradientScale, scalars } = update;
      const change =
        weightDecay === 0
          ? mul(gradient, gradientScale ? mul(gradientScale, scalars.learningRate!) : scalars.learningRate!)
          : mul(decayedGradient(weightDecay, update), scalars.learningRate!);
      return { parameter: sub(parameter, change), slots: {} };
    },
  },
  adam: {
    slots: () => MOMENTS,
    scalars: adamScalars,
    update(config, update) {
      const { parameter, gradient, gradientScale, slots, scalars } = update;
      const decayed = config.weightDecay !== 0;
      // With a decay the scale cannot be folded.
      const g = decayed ? decayedGradient(config.weightDecay, update) : gradient;
      const { change, slots: next } = adamUpdate(config, g, decayed ? null : gradientScale, slots, scalars);
      return { parameter: sub(parameter, change), slots: next };
    },
  },
  adamw,
  muon,
};

export const optimiserOf = (config: OptimiserConfig): Optimiser => OPTIMISERS[config.kind];
