/**
 * @file Inception v3 as the Frechet Inception distance uses it: the network of TensorFlow's 2015 release in the form of
 * pytorch-fid, whose means leave out the border's zeros and whose last block pools maxima. Evaluation only: batch
 * normalisation by running statistics.
 */
import { add, div, mul, sub } from "../../graph/ops/arithmetic.js";
import { conv2d } from "../../graph/ops/conv2d.js";
import { sqrt } from "../../graph/ops/elementwise.js";
import { mean } from "../../graph/ops/mean.js";
import { avgPool2d, maxPool2d } from "../../graph/ops/pool2d.js";
import { relu } from "../../graph/ops/relu.js";
import { concat, reshape } from "../../graph/ops/shape.js";
import type { Tensor } from "../../graph/tensor.js";
import { ones, torchDefault, zeros } from "../init.js";
import type { Layer } from "../layers.js";
import { type Parameter, Scope } from "../parameters.js";

/** Side of the pictures it sees; others are resized to it. */
export const INCEPTION_SIDE_PX = 299;
const BATCH_NORM_EPSILON = 1e-3;

interface ConvShape {
  readonly kernel?: number | readonly [height: number, width: number];
  readonly stride?: number;
  /** Zeros around, that keep the size; none when left out. */
  readonly same?: boolean;
}

/** Convolution without bias, batch normalisation, rectifier, in one convolution whose weights are scaled. */
function convolution(scope: Scope, inChannels: number, outChannels: number, shape: ConvShape = {}): Layer {
  const { kernel = 1, stride = 1, same = false } = shape;
  const [height, width] = typeof kernel === "number" ? [kernel, kernel] : kernel;
  const frozen = { trainable: false };
  const weight = scope
    .child("conv")
    .parameter("weight", [outChannels, inChannels, height, width], torchDefault, frozen);
  const norm = (name: string, init: typeof ones) => scope.child("bn").parameter(name, [outChannels], init, frozen);
  const [gain, bias] = [norm("weight", ones), norm("bias", zeros)];
  const [average, variance] = [norm("running_mean", zeros), norm("running_var", ones)];
  const padding = same ? ([(height - 1) / 2, (width - 1) / 2] as const) : 0;
  return (x) => {
    const scale = div(gain, sqrt(add(variance, BATCH_NORM_EPSILON)));
    const scaled = mul(weight, reshape(scale, [outChannels, 1, 1, 1]));
    return relu(conv2d(x, scaled, sub(bias, mul(average, scale)), { stride, padding }));
  };
}

const HIGH = { kernel: [7, 1], same: true } as const;
const WIDE = { kernel: [1, 7], same: true } as const;
const THREE = { kernel: 3, same: true } as const;
const HALVING = { kernel: 3, stride: 2 } as const;

const inTurn =
  (layers: readonly Layer[]): Layer =>
  (x) =>
    layers.reduce((y, layer) => layer(y), x);
const sideBySide =
  (branches: readonly Layer[]): Layer =>
  (x) =>
    concat(
      branches.map((branch) => branch(x)),
      1,
    );
const meanAround: Layer = (x) => avgPool2d(x, { kernel: 3, stride: 1, padding: 1, countPadding: false });
const maximumAround: Layer = (x) => maxPool2d(x, { kernel: 3, stride: 1, padding: 1 });
const halve: Layer = (x) => maxPool2d(x, { kernel: 3, stride: 2 });

/** A chain of convolutions named `<prefix>_1`, `<prefix>_2`, ... */
function chain(
  scope: Scope,
  prefix: string,
  inChannels: number,
  steps: readonly (readonly [outChannels: number, shape?: ConvShape])[],
): Layer {
  let channels = inChannels;
  return inTurn(
    steps.map(([outChannels, shape], i) => {
      const layer = convolution(scope.child(`${prefix}_${i + 1}`), channels, outChannels, shape);
      channels = outChannels;
      return layer;
    }),
  );
}

/** The five kinds of block (Szegedy et al. 2016, figures 5 to 7 and 10), as torchvision names their branches. */
const blockA = (scope: Scope, channels: number, pooled: number): Layer =>
  sideBySide([
    convolution(scope.child("branch1x1"), channels, 64),
    chain(scope, "branch5x5", channels, [[48], [64, { kernel: 5, same: true }]]),
    chain(scope, "branch3x3dbl", channels, [[64], [96, THREE], [96, THREE]]),
    inTurn([meanAround, convolution(scope.child("branch_pool"), channels, pooled)]),
  ]);

const blockB = (scope: Scope, channels: number): Layer =>
  sideBySide([
    convolution(scope.child("branch3x3"), channels, 384, HALVING),
    chain(scope, "branch3x3dbl", channels, [[64], [96, THREE], [96, HALVING]]),
    halve,
  ]);

const blockC = (scope: Scope, channels: number, narrow: number): Layer =>
  sideBySide([
    convolution(scope.child("branch1x1"), channels, 192),
    chain(scope, "branch7x7", channels, [[narrow], [narrow, WIDE], [192, HIGH]]),
    chain(scope, "branch7x7dbl", channels, [[narrow], [narrow, HIGH], [narrow, WIDE], [narrow, HIGH], [192, WIDE]]),
    inTurn([meanAround, convolution(scope.child("branch_pool"), channels, 192)]),
  ]);

const blockD = (scope: Scope, channels: number): Layer =>
  sideBySide([
    chain(scope, "branch3x3", channels, [[192], [320, HALVING]]),
    chain(scope, "branch7x7x3", channels, [[192], [192, WIDE], [192, HIGH], [192, HALVING]]),
    halve,
  ]);

function blockE(scope: Scope, channels: number, pool: Layer): Layer {
  const split = (prefix: string, before: Layer): Layer => {
    const wide = convolution(scope.child(`${prefix}a`), 384, 384, { kernel: [1, 3], same: true });
    const high = convolution(scope.child(`${prefix}b`), 384, 384, { kernel: [3, 1], same: true });
    return inTurn([before, sideBySide([wide, high])]);
  };
  return sideBySide([
    convolution(scope.child("branch1x1"), channels, 320),
    split("branch3x3_2", chain(scope, "branch3x3", channels, [[384]])),
    split("branch3x3dbl_3", chain(scope, "branch3x3dbl", channels, [[448], [384, THREE]])),
    inTurn([pool, convolution(scope.child("branch_pool"), channels, 192)]),
  ]);
}

export interface Inception {
  readonly parameters: readonly Parameter[];
  /** x: [N, 3, 299, 299], signed -> [N, 2048]. */
  features(x: Tensor): Tensor;
}

export function inception(): Inception {
  const root = Scope.root();
  const layer = inTurn([
    convolution(root.child("Conv2d_1a_3x3"), 3, 32, HALVING),
    convolution(root.child("Conv2d_2a_3x3"), 32, 32, { kernel: 3 }),
    convolution(root.child("Conv2d_2b_3x3"), 32, 64, THREE),
    halve,
    convolution(root.child("Conv2d_3b_1x1"), 64, 80),
    convolution(root.child("Conv2d_4a_3x3"), 80, 192, { kernel: 3 }),
    halve,
    blockA(root.child("Mixed_5b"), 192, 32),
    blockA(root.child("Mixed_5c"), 256, 64),
    blockA(root.child("Mixed_5d"), 288, 64),
    blockB(root.child("Mixed_6a"), 288),
    blockC(root.child("Mixed_6b"), 768, 128),
    blockC(root.child("Mixed_6c"), 768, 160),
    blockC(root.child("Mixed_6d"), 768, 160),
    blockC(root.child("Mixed_6e"), 768, 192),
    blockD(root.child("Mixed_7a"), 768),
    blockE(root.child("Mixed_7b"), 1280, meanAround),
    blockE(root.child("Mixed_7c"), 2048, maximumAround),
  ]);
  return {
    parameters: root.parameters(),
    features: (x) => mean(layer(x), { axes: [2, 3] }),
  };
}
