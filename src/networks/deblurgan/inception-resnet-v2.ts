/**
 * @file Inception-ResNet-v2 (Szegedy et al. 2017) up to 1/32 of the photo's size, with the names of Cadene's pretrained
 * models. Checkpoints also hold the later layers, which are not used or trained.
 */
import { add, mul } from "../../graph/ops/arithmetic.js";
import { avgPool2d, maxPool2d } from "../../graph/ops/pool2d.js";
import { relu } from "../../graph/ops/relu.js";
import { concat } from "../../graph/ops/shape.js";
import { torchDefault, zeros } from "../../nn/init.js";
import { convLayer } from "../../nn/layers.js";
import type { Scope } from "../../nn/parameters.js";
import { batchNormLayer, type NormLayer } from "../../nn/running-statistics.js";
import { aliasesOf, type Backbone } from "./pyramid.js";

type Kernel = number | readonly [number, number];

/** One convolution of a branch: channels, kernel, and what differs from stride 1 with the size kept. */
interface ConvShape {
  readonly to: number;
  readonly kernel: Kernel;
  readonly stride?: number;
  /** false: no padding, so the picture shrinks. */
  readonly padded?: boolean;
}

/** Epsilon of TensorFlow, with which the weights were trained. */
const EPS = 0.001;
const CLASSES = 1000;

/** Convolution, batch normalisation and rectifier: `conv`, `bn`. */
function basic(
  scope: Scope,
  from: number,
  { to, kernel, stride = 1, padded = true }: ConvShape,
  used = true,
): NormLayer {
  const conv = convLayer(scope.child("conv"), {
    ...{ inChannels: from, outChannels: to, kernel, stride, bias: false, trainable: used },
    ...(padded ? {} : { padding: 0 }),
  });
  const norm = batchNormLayer(scope.child("bn"), to, { eps: EPS, trainable: used });
  return (x, statistics) => relu(norm(conv(x), statistics));
}

/** Consecutive convolutions: a single one under the scope itself, several under `0`, `1`, ... */
function branch(scope: Scope, from: number, shapes: readonly ConvShape[], used = true): NormLayer {
  if (shapes.length === 1) return basic(scope, from, shapes[0]!, used);
  const layers = shapes.map((shape, i) => basic(scope.child(i), i === 0 ? from : shapes[i - 1]!.to, shape, used));
  return (x, statistics) => layers.reduce((h, layer) => layer(h, statistics), x);
}

/** Parallel branches `branch0`, `branch1`, ...; `extra` is the last one, with parameters of its own or none. */
function mixed(
  scope: Scope,
  from: number,
  branches: readonly (readonly ConvShape[])[],
  extra?: NormLayer,
  used = true,
): NormLayer {
  const layers = branches.map((shapes, i) => branch(scope.child(`branch${i}`), from, shapes, used));
  return (x, statistics) =>
    concat(
      [...layers, ...(extra ? [extra] : [])].map((layer) => layer(x, statistics)),
      1,
    );
}

/** x + scale * (concatenated branches, projected), rectified. */
function residual(
  scope: Scope,
  channels: number,
  branches: readonly (readonly ConvShape[])[],
  scale: number,
  used = true,
): NormLayer {
  const towers = mixed(scope, channels, branches, undefined, used);
  const joined = branches.reduce((sum, shapes) => sum + shapes.at(-1)!.to, 0);
  const join = convLayer(scope.child("conv2d"), {
    ...{ inChannels: joined, outChannels: channels, kernel: 1, trainable: used },
  });
  return (x, statistics) => relu(add(mul(join(towers(x, statistics)), scale), x));
}

const chain =
  (layers: readonly NormLayer[]): NormLayer =>
  (x, statistics) =>
    layers.reduce((h, layer) => layer(h, statistics), x);
const repeated = (count: number, layer: (at: number) => NormLayer): NormLayer =>
  chain(Array.from({ length: count }, (_, i) => layer(i)));

const shrink: NormLayer = (x) => maxPool2d(x, { kernel: 3, stride: 2 });
const one = (to: number): ConvShape => ({ to, kernel: 1 });
const three = (to: number): ConvShape => ({ to, kernel: 3 });
const halving = (to: number): ConvShape => ({ to, kernel: 3, stride: 2, padded: false });
const valid = (to: number): ConvShape => ({ to, kernel: 3, padded: false });

/** The backbone, registered under `fpn.inception`. */
export function inceptionResnetV2(root: Scope): Backbone {
  const scope = root.child("fpn", "inception");
  const conv1a = basic(scope.child("conv2d_1a"), 3, halving(32));
  const conv2a = basic(scope.child("conv2d_2a"), 32, valid(32));
  const conv2b = basic(scope.child("conv2d_2b"), 32, three(64));
  const conv3b = basic(scope.child("conv2d_3b"), 64, one(80));
  const conv4a = basic(scope.child("conv2d_4a"), 80, valid(192));

  const at5b = scope.child("mixed_5b");
  const branches5b = [[one(96)], [one(48), { to: 64, kernel: 5 }], [one(64), three(96), three(96)]] as const;
  const branchesOf5b = branches5b.map((shapes, i) => branch(at5b.child(`branch${i}`), 192, shapes));
  const pooled = basic(at5b.child("branch3", 1), 192, one(64));
  const means: NormLayer = (x, statistics) =>
    pooled(avgPool2d(x, { kernel: 3, stride: 1, padding: 1, countPadding: false }), statistics);
  const mixed5b: NormLayer = (x, statistics) =>
    concat(
      [...branchesOf5b, means].map((layer) => layer(x, statistics)),
      1,
    );

  const repeat = repeated(10, (i) =>
    residual(scope.child("repeat", i), 320, [[one(32)], [one(32), three(32)], [one(32), three(48), three(64)]], 0.17),
  );
  const mixed6a = mixed(scope.child("mixed_6a"), 320, [[halving(384)], [one(256), three(256), halving(384)]], shrink);
  const repeat1 = repeated(20, (i) =>
    residual(
      scope.child("repeat_1", i),
      1088,
      [[one(192)], [one(128), { to: 160, kernel: [1, 7] }, { to: 192, kernel: [7, 1] }]],
      0.1,
    ),
  );
  const mixed7a = mixed(
    scope.child("mixed_7a"),
    1088,
    [
      [one(256), halving(384)],
      [one(256), halving(288)],
      [one(256), three(288), halving(320)],
    ],
    shrink,
  );
  registerUnused(scope);

  const labels = root.parameters().map(({ label }) => label);
  const parts = [
    ["fpn.enc0", "conv2d_1a"],
    ["fpn.enc1.0", "conv2d_2a"],
    ["fpn.enc1.1", "conv2d_2b"],
    ["fpn.enc2.0", "conv2d_3b"],
    ["fpn.enc2.1", "conv2d_4a"],
    ["fpn.enc3.0", "mixed_5b"],
    ["fpn.enc3.1", "repeat"],
    ["fpn.enc3.2", "mixed_6a"],
    ["fpn.enc4.0", "repeat_1"],
    ["fpn.enc4.1", "mixed_7a"],
  ] as const;
  return {
    channels: [32, 64, 192, 1088, 2080],
    // Valid convolutions and pooling take a pixel or two off a level.
    margins: [
      { left: 0, right: 1, top: 0, bottom: 1 },
      { left: 1, right: 1, top: 1, bottom: 1 },
      { left: 1, right: 2, top: 1, bottom: 2 },
      { left: 1, right: 1, top: 1, bottom: 1 },
      { left: 1, right: 1, top: 1, bottom: 1 },
    ],
    aliases: aliasesOf(
      labels,
      parts.map(([to, from]) => [to, `fpn.inception.${from}`] as const),
    ),
    path: "fpn.inception.",
    features(image, statistics) {
      const half = conv1a(image, statistics);
      const quarter = shrink(conv2b(conv2a(half, statistics), statistics), statistics);
      const eighth = shrink(conv4a(conv3b(quarter, statistics), statistics), statistics);
      const sixteenth = mixed6a(repeat(mixed5b(eighth, statistics), statistics), statistics);
      return [half, quarter, eighth, sixteenth, mixed7a(repeat1(sixteenth, statistics), statistics)];
    },
  };
}

/** The classifier's layers after the last level. */
function registerUnused(scope: Scope): void {
  const branches = [[one(192)], [one(192), { to: 224, kernel: [1, 3] as const }, { to: 256, kernel: [3, 1] as const }]];
  for (let i = 0; i < 9; i++) residual(scope.child("repeat_2", i), 2080, branches, 1, false);
  residual(scope.child("block8"), 2080, branches, 1, false);
  basic(scope.child("conv2d_7b"), 2080, one(1536), false);
  const classifier = scope.child("last_linear");
  classifier.parameter("weight", [CLASSES, 1536], torchDefault, { trainable: false });
  classifier.parameter("bias", [CLASSES], zeros, { trainable: false });
}
