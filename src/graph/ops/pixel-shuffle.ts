/** @file Pixel shuffle and its inverse, in PyTorch's channel order (ONNX: DepthToSpace in mode CRD). */
import { shapeError } from "../../base/errors.js";
import { apply, checkShape, type Tensor } from "../tensor.js";

/** Moves channels to pixels: [N, C r^2, H, W] -> [N, C, H r, W r] (Shi et al. 2016). */
export function pixelShuffle(x: Tensor, r: number): Tensor {
  checkShape("pixelShuffle", x, ["N", `C*${r * r}`, "H", "W"]);
  const [n, c, h, w] = x.shape as [number, number, number, number];
  if (c % (r * r) !== 0) throw shapeError("pixelShuffle", `channels divisible by ${r * r}`, x.shape);
  if (r === 1) return x;
  return apply(
    {
      name: "pixelShuffle",
      onnx: ([a], emit) => emit.node("DepthToSpace", [a!], { blocksize: r, mode: "CRD" }),
      gradient: (dy) => [pixelUnshuffle(dy, r)],
    },
    [x],
    [n, c / (r * r), h * r, w * r],
  );
}

/** The inverse: [N, C, H r, W r] -> [N, C r^2, H, W]. */
export function pixelUnshuffle(x: Tensor, r: number): Tensor {
  checkShape("pixelUnshuffle", x, ["N", "C", "H", "W"]);
  const [n, c, h, w] = x.shape as [number, number, number, number];
  if (h % r !== 0 || w % r !== 0) throw shapeError("pixelUnshuffle", `H and W divisible by ${r}`, x.shape);
  if (r === 1) return x;
  return apply(
    {
      name: "pixelUnshuffle",
      // SpaceToDepth orders the offset within the block first; PyTorch orders the channel first.
      onnx: ([a], emit) => {
        const split = emit.node("Reshape", [a!, emit.ints([n, c, h / r, r, w / r, r])]);
        const moved = emit.node("Transpose", [split], { perm: [0, 1, 3, 5, 2, 4] });
        return emit.node("Reshape", [moved, emit.ints([n, c * r * r, h / r, w / r])]);
      },
      gradient: (dy) => [pixelShuffle(dy, r)],
    },
    [x],
    [n, c * r * r, h / r, w / r],
  );
}
