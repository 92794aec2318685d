/**
 * @file Convolution (cross-correlation, as in every framework) and its two gradients, in the forms measured fastest on
 * ONNX Runtime's CPU provider (docs/decisions/0001-engine.md).
 */
import { shapeError } from "../../base/errors.js";
import { type Emitter, MICROSOFT } from "../emitter.js";
import { apply, checkShape, type Shape, type Tensor } from "../tensor.js";
import { sum } from "./reduce.js";

type Pair = readonly [vertical: number, horizontal: number];

/** Options of a convolution; a single number applies to both axes. */
export interface Conv2dOptions {
  readonly stride?: number | Pair;
  /** Rows or columns of zeros added on each side. */
  readonly padding?: number | Pair;
  readonly dilation?: number | Pair;
  readonly groups?: number;
}

export interface ConvGeometry {
  readonly stride: Pair;
  readonly padding: Pair;
  readonly dilation: Pair;
  readonly groups: number;
}

export function convGeometry({ stride = 1, padding = 0, dilation = 1, groups = 1 }: Conv2dOptions): ConvGeometry {
  const pair = (value: number | Pair): Pair => (typeof value === "number" ? [value, value] : value);
  return { stride: pair(stride), padding: pair(padding), dilation: pair(dilation), groups };
}

const attributes = ({ stride, padding, dilation, groups }: ConvGeometry, kernel: readonly number[]) => ({
  kernel_shape: kernel,
  strides: stride,
  pads: [...padding, ...padding],
  dilations: dilation,
  group: groups,
});

const isOne = ([vertical, horizontal]: Pair): boolean => vertical === 1 && horizontal === 1;

/**
 * x: [N, C, H, W], weight: [O, C / groups, kh, kw], bias: [O] -> [N, O, H', W'], H' = floor((H + 2 padding - dilation
 * (kh - 1) - 1) / stride) + 1.
 */
export function conv2d(x: Tensor, weight: Tensor, bias: Tensor | null, options: Conv2dOptions = {}): Tensor {
  const geometry = convGeometry(options);
  const { stride, padding, dilation, groups } = geometry;
  checkShape("conv2d: weight", weight, ["O", "C/groups", "kh", "kw"]);
  const [outChannels, perGroup, kh, kw] = weight.shape as [number, number, number, number];
  checkShape("conv2d: x", x, ["N", perGroup * groups, "H", "W"]);
  if (outChannels % groups !== 0)
    throw shapeError("conv2d: weight", `a multiple of ${groups} output channels`, weight.shape);
  if (bias) checkShape("conv2d: bias", bias, [outChannels]);
  const [n, , h, w] = x.shape as [number, number, number, number];
  const out = (length: number, k: number, axis: 0 | 1) =>
    Math.floor((length + 2 * padding[axis] - dilation[axis] * (k - 1) - 1) / stride[axis]) + 1;
  const [outH, outW] = [out(h, kh, 0), out(w, kw, 1)];
  if (outH < 1 || outW < 1) throw shapeError("conv2d", `an input at least as large as the kernel ${kh}x${kw}`, x.shape);
  return apply(
    {
      name: "conv2d",
      attributes: attributes(geometry, [kh, kw]),
      onnx: (names, emit) => convNode(emit, names, weight.shape, attributes(geometry, [kh, kw])),
      gradient: (dy, [a, b]) => [
        conv2dInputGradient(dy, b!, a!.shape, geometry),
        conv2dWeightGradient(a!, dy, b!.shape, geometry),
        ...(bias ? [sum(dy, { axes: [0, 2, 3] })] : []),
      ],
    },
    bias ? [x, weight, bias] : [x, weight],
    [n, outChannels, outH, outW],
  );
}

/**
 * Conv with a weight of [O, C / groups, kh, kw]. ONNX Runtime's WebGPU provider (1.30) returns wrong results, with
 * errors as large as the result, if O is divisible by 4 and C by 3 but not by 4, C > 3 (microsoft/onnxruntime#29651).
 * In this case channels of zeros are added up to the next multiple of 4, on every device. In the paper's network this
 * concerns the 6 channels of the first layer and costs less than a thousandth of the time.
 */
function convNode(
  emit: Emitter,
  [x, weight, ...bias]: readonly string[],
  shape: Shape,
  attributes: Readonly<Record<string, number | readonly number[]>> & { readonly group: number },
): string {
  const [o, c] = shape as [number, number];
  const wrong = attributes.group === 1 && o % 4 === 0 && c % 3 === 0 && c % 4 !== 0 && c > 3;
  const padded = (name: string) =>
    wrong ? emit.node("Pad", [name, emit.ints([0, 0, 0, 0, 0, 4 - (c % 4), 0, 0])]) : name;
  return emit.node("Conv", [padded(x!), padded(weight!), ...bias], attributes);
}

/**
 * dL/dx. At stride 1 this is a convolution with the flipped, transposed weight (162 GFLOP/s; ConvTranspose reaches
 * 113).
 */
export function conv2dInputGradient(dy: Tensor, weight: Tensor, shape: Shape, geometry: ConvGeometry): Tensor {
  const { stride, padding, dilation, groups } = geometry;
  const [o, c, kh, kw] = weight.shape as [number, number, number, number];
  const [, , h, w] = shape as [number, number, number, number];
  const reach = [dilation[0] * (kh - 1), dilation[1] * (kw - 1)] as const;
  const asConvolution = isOne(stride) && groups === 1 && padding[0] <= reach[0] && padding[1] <= reach[1];
  return apply(
    {
      name: "conv2dInputGradient",
      onnx: ([d, k], emit) => {
        if (asConvolution) {
          const transposed = emit.node("Transpose", [k!], { perm: [1, 0, 2, 3] });
          const low = -(2 ** 31);
          const flipped =
            kh * kw === 1
              ? transposed
              : emit.node("Slice", [
                  transposed,
                  emit.ints([-1, -1]),
                  emit.ints([low, low]),
                  emit.ints([2, 3]),
                  emit.ints([-1, -1]),
                ]);
          const [top, left] = [reach[0] - padding[0], reach[1] - padding[1]];
          return convNode(emit, [d!, flipped], [c, o, kh, kw], {
            kernel_shape: [kh, kw],
            pads: [top, left, top, left],
            dilations: dilation,
            group: 1,
          });
        }
        const outH = dy.shape[2]!;
        const outW = dy.shape[3]!;
        const extra = (length: number, from: number, axis: 0 | 1) =>
          length - ((from - 1) * stride[axis] - 2 * padding[axis] + reach[axis] + 1);
        return emit.node("ConvTranspose", [d!, k!], {
          ...attributes(geometry, [kh, kw]),
          output_padding: [extra(h, outH, 0), extra(w, outW, 1)],
        });
      },
      // dx is linear in dy and weight, so its gradients are the convolution itself and the weight gradient.
      gradient: (ddx, [d, k]) => [
        conv2d(ddx, k!, null, geometry),
        conv2dWeightGradient(ddx, d!, [o, c, kh, kw], geometry),
      ],
    },
    [dy, weight],
    shape,
  );
}

/**
 * dL/dweight: for each tap, the input shifted by the tap times dy, as one batched matrix product. At stride 1 the
 * columns of x and the rows of dy are shifted instead of both axes of x. This takes kh + kw shifted copies (Pad, which
 * uses one thread) instead of kh * kw.
 */
function conv2dWeightGradient(x: Tensor, dy: Tensor, shape: Shape, geometry: ConvGeometry): Tensor {
  const [, , kh, kw] = shape as [number, number, number, number];
  const { stride } = geometry;
  return apply(
    {
      name: "conv2dWeightGradient",
      onnx: ([a, d], emit) => {
        const [left, right] = (isOne(stride) ? shiftedOperands : sampledOperands)(
          emit,
          a!,
          d!,
          x.shape,
          dy.shape,
          geometry,
        );
        const taps: string[] = [];
        for (let i = 0; i < kh; i++) {
          for (let j = 0; j < kw; j++) {
            const product = emit.node("FusedMatMul", [left(i, j), right(i, j)], { transB: 1 }, MICROSOFT);
            const tap = emit.node("ReduceSum", [product, emit.ints([0])], { keepdims: 0 });
            taps.push(kh * kw === 1 ? tap : emit.node("Unsqueeze", [tap, emit.ints([-1])]));
          }
        }
        // A Transpose of stacked taps would be slower: the runtime would push it into the optimiser's update and run it
        // three times.
        const joined = taps.length === 1 ? taps[0]! : emit.node("Concat", taps, { axis: -1 });
        return emit.node("Reshape", [joined, emit.ints(shape)]);
      },
    },
    [x, dy],
    shape,
  );
}

/** The two factors of each tap's product, dy and x, flattened to [N, (groups,) channels, positions]. */
type Operands = readonly [(i: number, j: number) => string, (i: number, j: number) => string];

/**
 * Factors at stride 1: sum over p of x[p + (i, j)] dy[p] = sum over q of (x shifted by j columns)[q] (dy shifted by -i
 * rows)[q], zeros outside.
 */
function shiftedOperands(emit: Emitter, x: string, dy: string, xs: Shape, ys: Shape, geometry: ConvGeometry): Operands {
  const { padding, dilation, groups } = geometry;
  const [n, c, h, w] = xs as [number, number, number, number];
  const [, o, outH, outW] = ys as [number, number, number, number];
  const flat = (name: string, channels: number) =>
    emit.node("Reshape", [
      name,
      emit.ints(groups === 1 ? [n, channels, h * outW] : [n, groups, channels / groups, h * outW]),
    ]);
  const shifted = (name: string, axis: 2 | 3, before: number, after: number) => {
    if (before === 0 && after === 0) return name;
    return emit.node("Pad", [
      name,
      emit.ints(axis === 2 ? [0, 0, before, 0, 0, 0, after, 0] : [0, 0, 0, before, 0, 0, 0, after]),
    ]);
  };
  return [
    (i) => {
      const top = i * dilation[0] - padding[0];
      return flat(shifted(dy, 2, top, h - outH - top), o);
    },
    (_, j) => {
      const left = j * dilation[1] - padding[1];
      return flat(shifted(x, 3, -left, left + outW - w), c);
    },
  ];
}

/** Factors at any stride: dy unchanged, and for each tap the values of x that it was multiplied with. */
function sampledOperands(emit: Emitter, x: string, dy: string, xs: Shape, ys: Shape, geometry: ConvGeometry): Operands {
  const { stride, padding, dilation, groups } = geometry;
  const [n, c, h, w] = xs as [number, number, number, number];
  const [, o, outH, outW] = ys as [number, number, number, number];
  const flat = (name: string, channels: number) =>
    emit.node("Reshape", [
      name,
      emit.ints(groups === 1 ? [n, channels, outH * outW] : [n, groups, channels / groups, outH * outW]),
    ]);
  const end = 2 ** 31 - 1;
  return [
    () => flat(dy, o),
    (i, j) => {
      const top = i * dilation[0] - padding[0];
      const left = j * dilation[1] - padding[1];
      // A negative amount crops: the window starts at (top, left) and has (outH - 1) * stride + 1 rows.
      const bottom = top + (outH - 1) * stride[0] + 1 - h;
      const right = left + (outW - 1) * stride[1] + 1 - w;
      const window = emit.node("Pad", [x, emit.ints([0, 0, -top, -left, 0, 0, bottom, right])]);
      return flat(
        emit.node("Slice", [window, emit.ints([0, 0]), emit.ints([end, end]), emit.ints([2, 3]), emit.ints(stride)]),
        c,
      );
    },
  ];
}
