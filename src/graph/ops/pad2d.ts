/** @file Padding of images with zeros or with pixels of the image. */
import { argumentError } from "../../base/errors.js";
import { checkShape, type Tensor, withAnySize } from "../tensor.js";
import { pad } from "./shape.js";
import { take } from "./take.js";

export const PAD_MODES = ["zero", "reflect", "replicate", "circular"] as const;
export type PadMode = (typeof PAD_MODES)[number];

export interface Margins {
  readonly top: number;
  readonly bottom: number;
  readonly left: number;
  readonly right: number;
}

const modulo = (a: number, n: number): number => ((a % n) + n) % n;

/**
 * The index of the pixel shown at position i, which may lie outside 0 .. length - 1. Reflection does not repeat the
 * border pixel.
 */
const SOURCE = {
  reflect: (i, length) => {
    const period = Math.max(1, 2 * (length - 1));
    return Math.min(modulo(i, period), period - modulo(i, period)) % length;
  },
  replicate: (i, length) => Math.min(Math.max(i, 0), length - 1),
  circular: modulo,
} as const satisfies Record<Exclude<PadMode, "zero">, (i: number, length: number) => number>;

/** x: [N, C, H, W] -> [N, C, top + H + bottom, left + W + right]. Margins may exceed the image, which then repeats. */
export function pad2d(x: Tensor, { top, bottom, left, right }: Margins, mode: PadMode): Tensor {
  checkShape("pad2d", x, ["N", "C", "H", "W"]);
  const least = Math.min(top, bottom, left, right);
  if (least < 0) throw argumentError("pad2d", "margins must not be negative", least);
  if (mode === "zero") return pad(x, [[0, 0], [0, 0], [top, bottom], [left, right]]); // biome-ignore format: a pair an axis
  const along = (image: Tensor, axis: number, before: number, after: number): Tensor => {
    const length = image.shape[axis]!;
    if (before === 0 && after === 0) return image;
    return take(
      image,
      axis,
      Array.from({ length: before + length + after }, (_, i) => SOURCE[mode](i - before, length)),
    );
  };
  const padded = along(along(x, 2, top, bottom), 3, left, right);
  if (mode !== "replicate") return padded;
  return withAnySize(padded, {
    inputs: [x],
    onnx: ([a], emit) => emit.node("Pad", [a!, emit.ints([0, 0, top, left, 0, 0, bottom, right])], { mode: "edge" }),
  });
}
