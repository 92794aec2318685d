/** @file Linear enlargement of images in the layout [N, H, W, C]. */
import { argumentError } from "../../base/errors.js";
import { apply, checkShape, type Tensor } from "../tensor.js";
import { type AxisMatrix, alongAxis, matrixFromTaps } from "./axis-matrix.js";
import { reshape } from "./shape.js";

/**
 * [N, H, W, C] -> [N, H scale, W scale, C] for an integer scale; half-pixel centres, border pixels repeated. One pass
 * over memory; products with matrices would take more multiplications than a dense layer.
 */
export function resizeLinear(x: Tensor, scale: number): Tensor {
  checkShape("resizeLinear", x, ["N", "H", "W", "C"]);
  if (!(Number.isInteger(scale) && scale >= 1))
    throw argumentError("resizeLinear", "the scale must be an integer of at least 1", scale);
  const [n, h, w, c] = x.shape as [number, number, number, number];
  const shape = [n, h * scale, w * scale, c];
  return apply(
    {
      name: "resizeLinear",
      onnx: ([a], emit) =>
        emit.node("Resize", [a!, "", "", emit.ints(shape)], {
          mode: "linear",
          coordinate_transformation_mode: "half_pixel",
        }),
      gradient: (dy) => {
        const columns = alongAxis(dy, 2, transposedTaps(w, scale));
        const rows = alongAxis(reshape(columns, [n, h * scale, w * c]), 1, transposedTaps(h, scale));
        return [reshape(rows, x.shape)];
      },
    },
    [x],
    shape,
  );
}

/** The transposed matrix of the enlargement along one axis: [before, before scale]. */
const transposedTaps = (before: number, scale: number): AxisMatrix => {
  const contributions = Array.from({ length: before }, (): [number, number][] => []);
  for (let i = 0; i < before * scale; i++) {
    const at = Math.min(Math.max((i + 0.5) / scale - 0.5, 0), before - 1);
    const low = Math.min(Math.floor(at), before - 1);
    contributions[low]!.push([i, 1 - (at - low)]);
    if (at > low) contributions[low + 1]!.push([i, at - low]);
  }
  return matrixFromTaps(before, before * scale, (row) => contributions[row]!);
};
