/**
 * @file Group normalisation in few passes over memory. Values per sample and channel are small. Tensors of x's size are
 * centred once (the mean square of centred values is exact where a difference of large numbers is not), scaled and
 * shifted in one pass, and differentiated in two.
 */
import { argumentError } from "../../base/errors.js";
import { type Emitter, MICROSOFT } from "../emitter.js";
import { apply, checkShape, type Shape, type Tensor } from "../tensor.js";

interface Geometry {
  readonly shape: Shape;
  readonly n: number;
  readonly c: number;
  readonly groups: number;
  /** Number of values in one group of one sample. */
  readonly members: number;
  readonly eps: number;
}

/**
 * x: [N, C, H, W], weight and bias: [C] -> [N, C, H, W]. Statistics over each of `groups` groups of channels (Wu and He
 * 2018), biased variance. Throws `argument` if `groups` does not divide C.
 */
export function groupNorm(x: Tensor, weight: Tensor, bias: Tensor, groups: number, eps = 1e-5): Tensor {
  checkShape("groupNorm: x", x, ["N", "C", "H", "W"]);
  const [n, c] = x.shape as [number, number];
  if (c % groups !== 0) throw argumentError("groupNorm", `groups must divide the ${c} channels`, groups);
  checkShape("groupNorm: weight", weight, [c]);
  checkShape("groupNorm: bias", bias, [c]);
  const geometry: Geometry = { shape: x.shape, n, c, groups, members: x.size / n / groups, eps };
  return apply(
    {
      name: "groupNorm",
      onnx: ([a, w, b], emit) => {
        const { centred, inverseStd } = statistics(a!, geometry, emit);
        const scale = emit.node("Mul", [inverseStd, byGroup(w!, geometry, emit)]);
        return scaledAndShifted(centred, scale, tiled(byGroup(b!, geometry, emit), geometry, emit), geometry, emit);
      },
      gradient: (dy, [a, w]) => [
        inputGradient(dy, a!, w!, geometry),
        weightGradient(dy, a!, geometry),
        biasGradient(dy, geometry),
      ],
      anySize: { onnx: (names, emit) => standardGroupNorm(names, geometry, emit) },
    },
    [x, weight, bias],
    x.shape,
  );
}

/**
 * Standard ONNX form for any number of samples. (The grouped convolution of the other form fixes the number of planes.)
 */
function standardGroupNorm([x, weight, bias]: readonly string[], geometry: Geometry, emit: Emitter): string {
  const { shape, n, c, groups, members, eps } = geometry;
  const normalised = (values: string, scale: string, shift: string) =>
    emit.node("InstanceNormalization", [values, scale, shift], { epsilon: { float: eps } });
  if (groups === c) return normalised(x!, weight!, bias!);
  const all = (value: number) => emit.constant("float32", [groups], new Float32Array(groups).fill(value));
  const grouped = normalised(emit.node("Reshape", [x!, emit.ints([n, groups, members])]), all(1), all(0));
  const perChannel = (values: string) => emit.node("Reshape", [values, emit.ints([1, c, 1, 1])]);
  const scaled = emit.node("Mul", [emit.node("Reshape", [grouped, emit.ints(shape)]), perChannel(weight!)]);
  return emit.node("Add", [scaled, perChannel(bias!)]);
}

/**
 * x minus its group's mean, [N, groups, members], and 1 / std, [N, groups, 1]. Gradients share these nodes with the
 * forward pass.
 */
function statistics(x: string, { n, groups, members, eps }: Geometry, emit: Emitter) {
  const grouped = emit.node("Reshape", [x, emit.ints([n, groups, members])]);
  const mean = emit.node("ReduceMean", [grouped, emit.ints([2])], { keepdims: 1 });
  const centred = emit.node("Sub", [grouped, mean]);
  const variance = emit.node("Mul", [
    rowProducts(centred, centred, [n, groups], members, emit),
    emit.scalar(1 / members),
  ]);
  const std = emit.node("Sqrt", [emit.node("Add", [variance, emit.scalar(eps)])]);
  return { centred, inverseStd: emit.node("Reciprocal", [std]) };
}

/**
 * Dot products of corresponding rows of `length` values, [...lead, 1]. As matrix products they need no array of
 * products.
 */
function rowProducts(a: string, b: string, lead: readonly number[], length: number, emit: Emitter): string {
  const rows = lead.reduce((product, count) => product * count, 1);
  const asRows = (name: string) => emit.node("Reshape", [name, emit.ints([rows, 1, length])]);
  const product = emit.node("FusedMatMul", [asRows(a), asRows(b)], { transB: 1 }, MICROSOFT);
  return emit.node("Reshape", [product, emit.ints([...lead, 1])]);
}

/** One value per channel: [C] -> [1, groups, C / groups]. */
const byGroup = (channel: string, { c, groups }: Geometry, emit: Emitter): string =>
  emit.node("Reshape", [channel, emit.ints([1, groups, c / groups])]);

/**
 * Repeats a value per channel [1, groups, C / groups], or per sample and group [N, groups, 1], for each sample and
 * channel: [N C].
 */
function tiled(value: string, { n, c, groups }: Geometry, emit: Emitter): string {
  const perGroup = emit.node("Expand", [value, emit.ints([n, groups, c / groups])]);
  return emit.node("Reshape", [perGroup, emit.ints([n * c])]);
}

/** scale x + shift in one pass, as a depthwise 1x1 convolution. */
function scaledAndShifted(x: string, scale: string, shift: string, { shape, n, c }: Geometry, emit: Emitter): string {
  const [, , h, w] = shape as [number, number, number, number];
  const planes = n * c;
  const y = emit.node(
    "Conv",
    [
      emit.node("Reshape", [x, emit.ints([1, planes, h, w])]),
      emit.node("Reshape", [scale, emit.ints([planes, 1, 1, 1])]),
      shift,
    ],
    { kernel_shape: [1, 1], group: planes },
  );
  return emit.node("Reshape", [y, emit.ints(shape)]);
}

/**
 * Sums over each plane that all gradients are computed from: of dy, and of dy times centred x; both [N, groups, C /
 * groups].
 */
const planeSums = {
  ofUpstream(dy: string, { shape, n, c, groups }: Geometry, emit: Emitter): string {
    const positions = shape[2]! * shape[3]!;
    const planes = emit.node("Reshape", [dy, emit.ints([n * c, positions])]);
    const sums = emit.node("ReduceSum", [planes, emit.ints([1])], { keepdims: 0 });
    return emit.node("Reshape", [sums, emit.ints([n, groups, c / groups])]);
  },
  ofProduct(dy: string, centred: string, { shape, n, c, groups }: Geometry, emit: Emitter): string {
    return rowProducts(dy, centred, [n, groups, c / groups], shape[2]! * shape[3]!, emit);
  },
};

/**
 * With s = 1 / std, m values in a group and sums over the group: dx = s w dy - s / m sum(w dy) - centred s^3 / m sum(w
 * dy centred). The last two terms are a scale and a shift of centred x.
 */
function inputGradient(dy: Tensor, x: Tensor, weight: Tensor, geometry: Geometry): Tensor {
  const { shape, n, c, groups, members } = geometry;
  return apply(
    {
      name: "groupNormInputGradient",
      onnx: ([d, a, w], emit) => {
        const { centred, inverseStd } = statistics(a!, geometry, emit);
        const weights = byGroup(w!, geometry, emit);
        const weighted = (sums: string) => {
          const shaped = emit.node("Reshape", [sums, emit.ints([n, groups, c / groups])]);
          const total = emit.node("ReduceSum", [emit.node("Mul", [shaped, weights]), emit.ints([2])], { keepdims: 1 });
          return emit.node("Mul", [total, emit.scalar(-1 / members)]);
        };
        const square = emit.node("Mul", [inverseStd, inverseStd]);
        const shift = emit.node("Mul", [weighted(planeSums.ofUpstream(d!, geometry, emit)), inverseStd]);
        const slope = emit.node("Mul", [
          weighted(planeSums.ofProduct(d!, centred, geometry, emit)),
          emit.node("Mul", [square, inverseStd]),
        ]);
        const rest = scaledAndShifted(
          centred,
          tiled(slope, geometry, emit),
          tiled(shift, geometry, emit),
          geometry,
          emit,
        );
        // GatedAdd: first + second * (one value per row), in one pass.
        const rows = (name: string, length: number) => emit.node("Reshape", [name, emit.ints([n * c, length])]);
        const positions = shape[2]! * shape[3]!;
        const scale = emit.node("Mul", [inverseStd, weights]);
        const dx = emit.node("GatedAdd", [rows(rest, positions), rows(d!, positions), rows(scale, 1)], {}, MICROSOFT);
        return emit.node("Reshape", [dx, emit.ints(shape)]);
      },
    },
    [dy, x, weight],
    shape,
  );
}

function weightGradient(dy: Tensor, x: Tensor, geometry: Geometry): Tensor {
  const { n, c, groups } = geometry;
  return apply(
    {
      name: "groupNormWeightGradient",
      onnx: ([d, a], emit) => {
        const { centred, inverseStd } = statistics(a!, geometry, emit);
        const sums = emit.node("Reshape", [
          planeSums.ofProduct(d!, centred, geometry, emit),
          emit.ints([n, groups, c / groups]),
        ]);
        const perSample = emit.node("Mul", [sums, inverseStd]);
        const total = emit.node("ReduceSum", [perSample, emit.ints([0])], { keepdims: 0 });
        return emit.node("Reshape", [total, emit.ints([c])]);
      },
    },
    [dy, x],
    [c],
  );
}

function biasGradient(dy: Tensor, geometry: Geometry): Tensor {
  return apply(
    {
      name: "groupNormBiasGradient",
      onnx: ([d], emit) => {
        const total = emit.node("ReduceSum", [planeSums.ofUpstream(d!, geometry, emit), emit.ints([0])], {
          keepdims: 0,
        });
        return emit.node("Reshape", [total, emit.ints([geometry.c])]);
      },
    },
    [dy],
    [geometry.c],
  );
}
