/**
 * @file DeblurGAN-v2's discriminators (Kupyn et al. 2019, after Isola et al. 2017): convolutions that rate overlapping
 * patches of a picture, one value each. Only training uses them, so no catalog of restorers lists them.
 */
import * as z from "zod";
import { sigmoid } from "../../graph/ops/elementwise.js";
import { standardize } from "../../graph/ops/normalize.js";
import { leakyRelu } from "../../graph/ops/relu.js";
import type { Tensor } from "../../graph/tensor.js";
import { convLayer } from "../../nn/layers.js";
import { type Parameter, Scope } from "../../nn/parameters.js";
import {
  batchNormLayer,
  NORMALISATIONS,
  type Normalisation,
  type NormLayer,
  type Statistics,
  trackedInstanceNormLayer,
} from "../../nn/running-statistics.js";
import { positiveCount } from "../counts.js";

export const patchDiscriminatorSchema = z.strictObject({
  width: positiveCount
    .default(64)
    .describe("channels of the first layer; they double in each layer, up to eight times"),
  layers: z.int().min(1).max(10).default(3).describe("layers that halve the size; 3 see patches of 70 px, 5 of 286 px"),
  normalisation: z.enum(NORMALISATIONS).default("instance").describe("over each channel of a picture, or of the batch"),
});
export type PatchDiscriminatorConfig = z.infer<typeof patchDiscriminatorSchema>;

/** A network that distinguishes generated from real pictures. */
export interface Discriminator {
  readonly parameters: readonly Parameter[];
  /** [N, 3, H, W], signed range -> values that are larger for real pictures, one tensor per scale. */
  readonly forward: (image: Tensor, statistics: Statistics) => readonly Tensor[];
}

const SLOPE = 0.2;
/** Padding: with even kernels, every map is a pixel larger than its input, as published. */
const KERNEL = { kernel: 4, padding: 2 } as const;
/** Width of a layer as a multiple of the first layer's. */
const growth = (layer: number): number => Math.min(2 ** layer, 8);

const eps = 1e-5;
/** Instance normalisation by operations that can be differentiated twice, as a gradient penalty needs. */
const instance = (x: Tensor): Tensor => standardize(x, [2, 3], eps);

const normOf = (scope: Scope, kind: Normalisation, channels: number): NormLayer =>
  kind === "batch" ? batchNormLayer(scope, channels) : trackedInstanceNormLayer(scope, channels, instance);

interface Sequence {
  readonly layers: NormLayer[];
  /** Index of the next layer in the published sequence, which also counts rectifiers. */
  at: number;
}

interface LayerShape {
  readonly from: number;
  readonly to: number;
  readonly stride: number;
  /** null: not normalised. */
  readonly kind: Normalisation | null;
}

/** Adds a convolution, its normalisation and a rectifier. */
function push(sequence: Sequence, scope: Scope, { from, to, stride, kind }: LayerShape): void {
  const { at } = sequence;
  // Normalisation with a shift of its own needs no bias before it.
  const conv = convLayer(scope.child(at), {
    ...{ inChannels: from, outChannels: to, stride, bias: kind !== "batch" },
    ...KERNEL,
  });
  const norm = kind ? normOf(scope.child(at + 1), kind, to) : null;
  sequence.layers.push((x, statistics) => {
    const y = conv(x);
    return leakyRelu(norm ? norm(y, statistics) : y, SLOPE);
  });
  sequence.at += kind ? 3 : 2;
}

/** DeblurGAN-v2's "patch" with 3 layers and "full" with 5; "full" is also a map, not a single value. */
export function patchDiscriminator(
  { width, layers: count, normalisation }: PatchDiscriminatorConfig,
  { endsInSigmoid = false, scope = Scope.root() } = {},
): Discriminator {
  const model = scope.child("model");
  const sequence: Sequence = { layers: [], at: 0 };
  push(sequence, model, { from: 3, to: width, stride: 2, kind: null });
  for (let layer = 1; layer <= count; layer++) {
    const [from, to] = [width * growth(layer - 1), width * growth(layer)];
    push(sequence, model, { from, to, stride: layer < count ? 2 : 1, kind: normalisation });
  }
  const last = convLayer(model.child(sequence.at), { inChannels: width * growth(count), outChannels: 1, ...KERNEL });
  return {
    parameters: scope.parameters(),
    forward: (image, statistics) => {
      const logits = last(sequence.layers.reduce((x, layer) => layer(x, statistics), image));
      return [endsInSigmoid ? sigmoid(logits) : logits];
    },
  };
}

/** Settings of the published tails, whatever width and normalisation the rest has: only a width of 64 fits them. */
const TAIL = { width: 64, kind: "batch" } as const;

/** Three scales with shared first layers; [N, 3, H, W] -> three maps of values, the finest first. */
export function multiScaleDiscriminator({ normalisation }: { readonly normalisation: Normalisation }): Discriminator {
  const root = Scope.root();
  const { width } = TAIL;
  const sequenceOf = (name: string, shapes: readonly LayerShape[]): Sequence => {
    const sequence: Sequence = { layers: [], at: 0 };
    for (const shape of shapes) push(sequence, root.child(name), shape);
    return sequence;
  };
  const shared = (name: string, from: number, to: number) =>
    sequenceOf(name, [{ from: width * from, to: width * to, stride: 2, kind: normalisation }]);
  const tail = (name: string, from: number): NormLayer => {
    const { layers, at } = sequenceOf(`${name}.model`, [
      { from: width * from, to: width * 8, stride: 1, kind: TAIL.kind },
    ]);
    const last = convLayer(root.child(name, "model", at), { inChannels: width * 8, outChannels: 1, ...KERNEL });
    return (x, statistics) => last(layers.reduce((h, layer) => layer(h, statistics), x));
  };
  const one = sequenceOf("scale_one", [
    { from: 3, to: width, stride: 2, kind: null },
    { from: width, to: 2 * width, stride: 2, kind: normalisation },
    { from: 2 * width, to: 4 * width, stride: 2, kind: normalisation },
  ]);
  const first = tail("first_tail", 4);
  const two = shared("scale_two", 4, 8);
  const second = tail("second_tail", 8);
  const three = shared("scale_three", 8, 8);
  const third = tail("third_tail", 8);
  const through = ({ layers }: Sequence, x: Tensor, statistics: Statistics): Tensor =>
    layers.reduce((h, layer) => layer(h, statistics), x);
  return {
    parameters: root.parameters(),
    forward: (image, statistics) => {
      const fine = through(one, image, statistics);
      const middle = through(two, fine, statistics);
      const coarse = through(three, middle, statistics);
      return [first(fine, statistics), second(middle, statistics), third(coarse, statistics)];
    },
  };
}
