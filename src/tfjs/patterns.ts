/**
 * @file Layers that a TensorFlow graph spells out in many nodes, recognised by their formula and written as one op. What differs in
 * any part from the formula is left as it is.
 */
import type { TfNode } from "../checkpoints/tfjs/graph-model.js";
import { add } from "../graph/ops/arithmetic.js";
import { fusedGelu, fusedLayerNorm } from "../graph/ops/fused.js";
import { matmul } from "../graph/ops/matmul.js";
import { leakyRelu } from "../graph/ops/relu.js";
import { reshape, transpose } from "../graph/ops/shape.js";
import type { Tensor } from "../graph/tensor.js";
import type { NodeReader } from "./operation.js";
import { convolution } from "./products.js";
import { isKnown, type TfArray, tensorOf, type Value } from "./value.js";

/** A pattern gives what the node is, or undefined if it is not of its kind. */
type Pattern = (node: NodeReader) => Tensor | undefined;

const operands = (node: TfNode | undefined, op: string): readonly TfNode[] | undefined =>
  node?.op === op ? node.inputs : undefined;

/** The two inputs of an operation in which they may be exchanged, in both orders. */
function orders(node: TfNode | undefined, op: string): readonly (readonly [TfNode, TfNode])[] {
  const inputs = operands(node, op);
  if (!inputs) return [];
  const [a, b] = inputs as [TfNode, TfNode];
  return [
    [a, b],
    [b, a],
  ];
}

const close = (a: number, b: number): boolean => Math.abs(a - b) <= 1e-5 * Math.abs(b);

/** The values of a node that is known before the model runs. */
function knownOf(reader: NodeReader, node: TfNode): TfArray | undefined {
  const value: Value = reader.value(node);
  return isKnown(value) ? value : undefined;
}

function scalarOf(reader: NodeReader, node: TfNode): number | undefined {
  const value = knownOf(reader, node);
  return value?.data.length === 1 ? value.data[0] : undefined;
}

/** What `node` multiplies by a number for which `fits` holds. */
const scaled = (reader: NodeReader, node: TfNode | undefined, fits: (factor: number) => boolean): TfNode | undefined =>
  orders(node, "Mul").find(([factor]) => {
    const value = scalarOf(reader, factor);
    return value !== undefined && fits(value);
  })?.[1];

const unshaped = (node: TfNode): TfNode => (node.op === "Reshape" ? node.inputs[0]! : node);

/** One value per channel, for the last axis of x: [C]. */
function perChannel(reader: NodeReader, node: TfNode, channels: number): Tensor | undefined {
  const value = knownOf(reader, node);
  return value?.data.length === channels && value.shape.at(-1) === channels
    ? reshape(tensorOf(value), [channels])
    : undefined;
}

/** What `node` is the mean of, over the last axis. */
function meanOf(reader: NodeReader, node: TfNode | undefined): TfNode | undefined {
  if (!node) return undefined;
  const sum = scaled(reader, node, () => true);
  const [x, axes] = operands(sum, "Sum") ?? [];
  if (!x || !axes) return undefined;
  const { shape } = reader.value(x);
  const overLast = [-1, shape.length - 1].includes(scalarOf(reader, axes) ?? Number.NaN);
  const byCount = scaled(reader, node, (factor) => close(factor, 1 / shape.at(-1)!)) === sum;
  return overLast && byCount ? x : undefined;
}

/** `node` is 1 / sqrt(variance + eps) with variance = max(0, mean(x^2) - mean(x)^2): gives eps. */
function deviationEps(reader: NodeReader, node: TfNode, x: TfNode, mean: TfNode): number | undefined {
  for (const [variance, eps] of orders(operands(node, "Rsqrt")?.[0], "AddV2"))
    for (const [difference, zero] of orders(unshaped(variance), "Maximum")) {
      const [squares, square] = operands(difference, "Sub") ?? [];
      const fits =
        scalarOf(reader, zero) === 0 &&
        operands(square, "Square")?.[0] === mean &&
        operands(meanOf(reader, squares), "Square")?.[0] === x;
      if (fits) return scalarOf(reader, eps);
    }
  return undefined;
}

/** (x - mean) (deviation weight) + bias. */
const layerNorm: Pattern = (reader) => {
  for (const [product, bias] of orders(reader.node, "AddV2"))
    for (const [centred, scale] of orders(product, "Mul")) {
      const [x, mean] = operands(centred, "Sub") ?? [];
      if (!x || !mean || meanOf(reader, unshaped(mean)) !== x) continue;
      const input = tensorOf(reader.value(x));
      for (const [deviation, weight] of orders(scale, "Mul")) {
        const eps = deviationEps(reader, deviation, x, unshaped(mean));
        const [w, b] = [weight, bias].map((node) => perChannel(reader, node, input.shape.at(-1)!));
        if (eps !== undefined && w && b) return fusedLayerNorm(input, w, b, eps);
      }
    }
  return undefined;
};

/** tanh(sqrt(2 / pi) (x + (0.044715 x) x^2)) + 1: gives x. */
function geluGate(reader: NodeReader, node: TfNode): TfNode | undefined {
  for (const [one, tanh] of orders(node, "AddV2")) {
    if (scalarOf(reader, one) !== 1) continue;
    const inner = scaled(reader, operands(tanh, "Tanh")?.[0], (factor) => close(factor, Math.sqrt(2 / Math.PI)));
    for (const [x, cube] of orders(inner, "AddV2"))
      for (const [first, square] of orders(cube, "Mul"))
        if (scaled(reader, first, (factor) => close(factor, 0.044715)) === x && operands(square, "Square")?.[0] === x)
          return x;
  }
  return undefined;
}

const gelu: Pattern = (reader) => {
  for (const [half, gate] of orders(reader.node, "Mul")) {
    const x = geluGate(reader, gate);
    if (x && scaled(reader, half, (factor) => factor === 0.5) === x) return fusedGelu(tensorOf(reader.value(x)));
  }
  return undefined;
};

/** x where x >= 0, slope x elsewhere. */
const leaky: Pattern = (reader) => {
  const [condition, x, scaledX] = operands(reader.node, "SelectV2") ?? [];
  const [compared, zero] = operands(condition, "GreaterEqual") ?? [];
  if (!x || !scaledX || compared !== x || scalarOf(reader, zero!) !== 0) return undefined;
  for (const [slope, same] of orders(scaledX, "Mul")) {
    const value = scalarOf(reader, slope);
    if (same === x && value !== undefined) return leakyRelu(tensorOf(reader.value(x)), value);
  }
  return undefined;
};

/** A convolution adds its bias itself. */
const biasedConvolution: Pattern = (reader) => {
  for (const [conv, bias] of orders(reader.node, "AddV2")) {
    if (conv.op !== "Conv2D") continue;
    const inputs = conv.inputs.map((node) => reader.value(node));
    const b = perChannel(reader, bias, inputs[1]!.shape[3]!);
    if (b) return convolution(reader.of(conv), inputs, b);
  }
  return undefined;
};

/** Swaps of the channels with another axis, by their order: swapping twice changes nothing. */
const SWAPPED_AXES: Readonly<Record<string, 1 | 2>> = { "0,3,2,1": 1, "0,1,3,2": 2 };
const swappedAxis = (reader: NodeReader, node: TfNode | undefined): 1 | 2 | undefined => {
  const order = node && operands(node, "Transpose")?.[1];
  return order && SWAPPED_AXES[reader.of(node).integers(reader.value(order)).join()];
};

/**
 * A dense layer over an axis before the channels, written as: swap both, multiply, add the bias, swap back. A product from the left does
 * it where the values lie. x: [N, G, P, C] -> [N, F, P, C] over axis 1, or [N, G, F, C] over axis 2.
 */
const mixing: Pattern = (reader) => {
  const axis = swappedAxis(reader, reader.node);
  if (axis === undefined) return undefined;
  for (const [product, bias] of orders(reader.node.inputs[0], "AddV2")) {
    const [swapped, weight] = operands(product, "Einsum") ?? [];
    if (!swapped || !weight || reader.of(product).text("equation") !== "abcg,gf->abcf") continue;
    if (swappedAxis(reader, swapped) !== axis) continue;
    const x = tensorOf(reader.value(swapped.inputs[0]!));
    const w = knownOf(reader, weight);
    const b = w && perChannel(reader, bias, w.shape[1]!);
    if (!b) continue;
    // All that follows the axis is one row.
    const [n, g, p, c] = x.shape as [number, number, number, number];
    const rows = axis === 1 ? reshape(x, [n, g, p * c]) : x;
    const y = matmul(transpose(tensorOf(w), [1, 0]), rows);
    return reshape(add(y, reshape(b, [w.shape[1]!, 1])), x.shape.with(axis, w.shape[1]!));
  }
  return undefined;
};

/** By the operation of the last node. */
export const PATTERNS: Readonly<Record<string, readonly Pattern[]>> = {
  AddV2: [layerNorm, biasedConvolution],
  Mul: [gelu],
  SelectV2: [leaky],
  Transpose: [mixing],
};
