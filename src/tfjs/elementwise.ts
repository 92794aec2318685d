/** @file Operations on each element: on known numbers at once, on tensors as ops of our graph. */
import { add, broadcastShape, div, mul, neg, sub } from "../graph/ops/arithmetic.js";
import { greaterOrEqual, maximum, minimum, where } from "../graph/ops/compare.js";
import { abs, exp, sqrt, square, tanh } from "../graph/ops/elementwise.js";
import { broadcastTo } from "../graph/ops/reduce.js";
import type { Tensor } from "../graph/tensor.js";
import type { Operation } from "./operation.js";
import { array, broadcastOffset, gathered, isKnown, type TfArray, tensorOf, type Value } from "./value.js";

interface Elementwise {
  of(...elements: number[]): number;
  /** Where the result is of another type than the last input. */
  readonly dtype?: TfArray["dtype"];
  /** None where the operation only ever works out sizes. */
  readonly tensor?: (...inputs: Tensor[]) => Tensor;
}

const FORMS: Readonly<Record<string, Elementwise>> = {
  AddV2: { of: (a, b) => a + b, tensor: add },
  Sub: { of: (a, b) => a - b, tensor: sub },
  Mul: { of: (a, b) => a * b, tensor: mul },
  RealDiv: { of: (a, b) => a / b, tensor: div },
  FloorDiv: { of: (a, b) => Math.floor(a / b) },
  FloorMod: { of: (a, b) => a - b * Math.floor(a / b) },
  Maximum: { of: Math.max, tensor: maximum },
  Minimum: { of: Math.min, tensor: minimum },
  Abs: { of: Math.abs, tensor: abs },
  Exp: { of: Math.exp, tensor: exp },
  Floor: { of: Math.floor },
  Identity: { of: (x) => x, tensor: (x) => x },
  Neg: { of: (x) => -x, tensor: neg },
  Reciprocal: { of: (x) => 1 / x, tensor: (x) => div(1, x) },
  Rsqrt: { of: (x) => 1 / Math.sqrt(x), tensor: (x) => div(1, sqrt(x)) },
  Sign: { of: Math.sign },
  Square: { of: (x) => x * x, tensor: square },
  Tanh: { of: Math.tanh, tensor: tanh },
  Greater: { of: (a, b) => Number(a > b), dtype: "bool" },
  GreaterEqual: { of: (a, b) => Number(a >= b), dtype: "bool", tensor: greaterOrEqual },
  Less: { of: (a, b) => Number(a < b), dtype: "bool" },
  LessEqual: { of: (a, b) => Number(a <= b), dtype: "bool" },
  LogicalAnd: { of: (a, b) => a & b, dtype: "bool" },
  NotEqual: { of: (a, b) => Number(a !== b), dtype: "bool" },
  SelectV2: { of: (condition, a, b) => (condition ? a : b), tensor: (condition, a, b) => where(condition, a, b) },
};

function folded({ of, dtype }: Elementwise, inputs: readonly TfArray[]): TfArray {
  const shape = inputs.map((input) => input.shape).reduce((a, b) => broadcastShape("known values", a, b));
  const full = inputs.map((input) =>
    input.shape.join() === shape.join() ? input : gathered(input, shape, broadcastOffset(input.shape, shape.length)),
  );
  // Computed in float64 and rounded once; TensorFlow.js rounds to float32 as well.
  const values = Float64Array.from({ length: full[0]!.data.length }, (_, i) => of(...full.map(({ data }) => data[i]!)));
  return array(dtype ?? inputs.at(-1)!.dtype, shape, values);
}

const operation =
  (form: Elementwise): Operation =>
  (node, inputs): Value => {
    if (inputs.every(isKnown)) return folded(form, inputs);
    if (!form.tensor) throw node.refused("known numbers", inputs);
    return form.tensor(...inputs.map(tensorOf));
  };

const DTYPES: Readonly<Record<string, TfArray["dtype"]>> = { DT_FLOAT: "float32", DT_INT32: "int32", DT_BOOL: "bool" };

export const ELEMENTWISE: Readonly<Record<string, Operation>> = {
  ...Object.fromEntries(Object.entries(FORMS).map(([op, form]) => [op, operation(form)])),
  Cast(node, [x]) {
    const dtype = DTYPES[node.type("DstT")];
    if (dtype === undefined || !isKnown(x!)) throw node.refused("a known number, to float32, int32 or bool", [x!]);
    return array(dtype, x.shape, dtype === "bool" ? Array.from(x.data, (value) => Number(value !== 0)) : x.data);
  },
  BroadcastTo(node, [x, shape]) {
    const lengths = node.integers(shape);
    if (!isKnown(x!)) return broadcastTo(x!, lengths);
    return gathered(x, lengths, broadcastOffset(x.shape, lengths.length));
  },
};
