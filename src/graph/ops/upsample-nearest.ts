/** @file Nearest-neighbour enlargement by a whole factor. */
import { apply, checkShape, type Tensor } from "../tensor.js";
import { sum } from "./reduce.js";
import { reshape } from "./shape.js";

/** [N, C, H, W] -> [N, C, H scale, W scale]. */
export function upsampleNearest2d(x: Tensor, scale: number): Tensor {
  checkShape("upsampleNearest2d", x, ["N", "C", "H", "W"]);
  const [n, c, h, w] = x.shape as [number, number, number, number];
  return apply(
    {
      name: "upsampleNearest2d",
      onnx: ([a], emit) =>
        emit.node("Resize", [a!, "", "", emit.ints([n, c, h * scale, w * scale])], {
          mode: "nearest",
          nearest_mode: "floor",
          coordinate_transformation_mode: "asymmetric",
        }),
      gradient: (dy) => [sum(reshape(dy, [n, c, h, scale, w, scale]), { axes: [3, 5] })],
    },
    [x],
    [n, c, h * scale, w * scale],
  );
}
