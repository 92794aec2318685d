/**
 * @file Image classifiers whose features measure likeness: the convolutional parts of torchvision's AlexNet, SqueezeNet
 * 1.1, VGG16 and VGG19. Parameters have torchvision's names. None are trained here; their weights come from the user's
 * files.
 */

import { maxPool2d } from "../../graph/ops/pool2d.js";
import { relu } from "../../graph/ops/relu.js";
import { concat } from "../../graph/ops/shape.js";
import type { Tensor } from "../../graph/tensor.js";
import { convLayer, type Layer } from "../layers.js";
import { type Parameter, Scope } from "../parameters.js";

/** One module of the published sequence; its place in the list is its number in parameter names. */
type Module =
  | { readonly conv: number; readonly kernel: number; readonly stride?: number; readonly padding: number }
  | { readonly pool: number; readonly stride: number; readonly ceil?: boolean }
  /** 1x1 convolution to few channels, then 1x1 and 3x3 to `expand` each, joined (Iandola et al. 2016). */
  | { readonly squeeze: number; readonly expand: number }
  | "relu";

const conv3 = (conv: number): Module => ({ conv, kernel: 3, padding: 1 });
const HALVE: Module = { pool: 2, stride: 2 };
const OVERLAPPING: Module = { pool: 3, stride: 2 };
const OVERLAPPING_CEIL: Module = { pool: 3, stride: 2, ceil: true };

/** Blocks of 3x3 convolutions with so many channels, each followed by a pool. */
const vgg = (blocks: readonly (readonly number[])[]): readonly Module[] =>
  blocks.flatMap((widths) => [...widths.flatMap((width): Module[] => [conv3(width), "relu"]), HALVE]);

export const BACKBONES = {
  alexnet: [
    { conv: 64, kernel: 11, stride: 4, padding: 2 },
    ...(["relu", OVERLAPPING] as const),
    { conv: 192, kernel: 5, padding: 2 },
    ...(["relu", OVERLAPPING] as const),
    ...[conv3(384), "relu" as const, conv3(256), "relu" as const, conv3(256), "relu" as const],
  ],
  squeezenet1_1: [
    { conv: 64, kernel: 3, stride: 2, padding: 0 },
    ...(["relu", OVERLAPPING_CEIL] as const),
    ...[{ squeeze: 16, expand: 64 }, { squeeze: 16, expand: 64 }, OVERLAPPING_CEIL],
    ...[{ squeeze: 32, expand: 128 }, { squeeze: 32, expand: 128 }, OVERLAPPING_CEIL],
    ...[
      { squeeze: 48, expand: 192 },
      { squeeze: 48, expand: 192 },
    ],
    ...[
      { squeeze: 64, expand: 256 },
      { squeeze: 64, expand: 256 },
    ],
  ],
  vgg16: vgg([
    [64, 64],
    [128, 128],
    [256, 256, 256],
    [512, 512, 512],
    [512, 512, 512],
  ]),
  vgg19: vgg([
    [64, 64],
    [128, 128],
    [256, 256, 256, 256],
    [512, 512, 512, 512],
    [512, 512, 512, 512],
  ]),
} as const satisfies Record<string, readonly Module[]>;

export type BackboneName = keyof typeof BACKBONES;

export interface Backbone {
  /** `features.<i>.weight` and so on. */
  readonly parameters: readonly Parameter[];
  /** Outputs of the modules numbered in `taps` (ascending): x [N, 3, H, W] -> [N, C, H', W'] each. */
  features(x: Tensor, taps: readonly number[]): Tensor[];
}

const FROZEN = { trainable: false } as const;

/** The layer of a module, and its channels. `pooling` replaces the published maxima. */
function layerOf(
  scope: Scope,
  module: Module,
  inChannels: number,
  pooling?: Layer,
): { layer: Layer; channels: number } {
  if (module === "relu") return { layer: relu, channels: inChannels };
  if ("pool" in module) {
    const { pool: kernel, stride, ceil = false } = module;
    return { layer: pooling ?? ((x) => maxPool2d(x, { kernel, stride, ceil })), channels: inChannels };
  }
  if ("conv" in module) {
    const { conv: outChannels, kernel, stride = 1, padding } = module;
    return {
      layer: convLayer(scope, { inChannels, outChannels, kernel, stride, padding, ...FROZEN }),
      channels: outChannels,
    };
  }
  const { squeeze, expand } = module;
  const narrow = convLayer(scope.child("squeeze"), { inChannels, outChannels: squeeze, kernel: 1, ...FROZEN });
  const wide = { inChannels: squeeze, outChannels: expand, ...FROZEN };
  const [one, three] = [
    convLayer(scope.child("expand1x1"), { ...wide, kernel: 1 }),
    convLayer(scope.child("expand3x3"), { ...wide, kernel: 3 }),
  ];
  const layer: Layer = (x) => {
    const few = relu(narrow(x));
    return concat([relu(one(few)), relu(three(few))], 1);
  };
  return { layer, channels: 2 * expand };
}

/** `pooling`: in place of every pool of the published network. */
export function backbone(name: BackboneName, pooling?: Layer): Backbone {
  const root = Scope.root();
  let channels = 3;
  const layers = BACKBONES[name].map((module: Module, i) => {
    const made = layerOf(root.child("features", i), module, channels, pooling);
    channels = made.channels;
    return made.layer;
  });
  return {
    parameters: root.parameters(),
    features(x, taps) {
      const found: Tensor[] = [];
      const end = Math.max(...taps);
      for (let i = 0, y = x; i <= end; i++) {
        y = layers[i]!(y);
        if (taps.includes(i)) found.push(y);
      }
      return found;
    },
  };
}
