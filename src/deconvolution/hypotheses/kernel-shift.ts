/** @file Alignment of kernels: a shifted kernel shifts the result, and the photo does not determine the shift. */
import { type Kernel, kernelCentroid } from "../../blur/kernel.js";
import type { Shift } from "../gradient-filters.js";

/** Similarity below which two kernels show different motions, and each keeps its own centre. */
const MIN_SIMILARITY = 0.7;
/** Largest shift that an estimate's noise can cause. */
const MAX_SHIFT_PX = 4;

/** Normalised correlation of two kernels at every whole shift of `b` up to `mostPx` in each direction, row by row. */
function likenesses(a: Kernel, b: Kernel, mostPx: number): Float64Array {
  const norm = ({ data }: Kernel) => Math.sqrt(data.reduce((sum, value) => sum + value * value, 0));
  const norms = norm(a) * norm(b);
  const side = 2 * mostPx + 1;
  return Float64Array.from({ length: side * side }, (_, at) => {
    const [dx, dy] = [(at % side) - mostPx, Math.floor(at / side) - mostPx];
    let sum = 0;
    b.data.forEach((weight, i) => {
      if (weight === 0) return;
      const x = (i % b.width) - (b.width >> 1) + dx + (a.width >> 1);
      const y = Math.floor(i / b.width) - (b.height >> 1) + dy + (a.height >> 1);
      if (x >= 0 && y >= 0 && x < a.width && y < a.height) sum += weight * a.data[y * a.width + x]!;
    });
    return sum / norms;
  });
}

/** Largest normalised correlation of two kernels over whole shifts up to `mostPx`: 1 for one path at two places. */
export const likeness = (a: Kernel, b: Kernel, mostPx: number): number => Math.max(...likenesses(a, b, mostPx));

/** Shift of `b` at which it is most similar to `a`, to a fraction of a pixel; null if they are not similar. */
export function shiftBetween(a: Kernel, b: Kernel): Shift | null {
  const side = 2 * MAX_SHIFT_PX + 1;
  const all = likenesses(a, b, MAX_SHIFT_PX);
  const best = all.reduce((most, value, at) => (value > all[most]! ? at : most), 0);
  if (all[best]! < MIN_SIMILARITY) return null;
  const [column, row] = [best % side, Math.floor(best / side)];
  /** Position of the maximum of a parabola through three values. */
  const top = (before: number | undefined, at: number, after: number | undefined) =>
    before === undefined || after === undefined ? 0 : (before - after) / (2 * (before - 2 * at + after) || 1);
  const inRow = (x: number) => (x < 0 || x >= side ? undefined : all[row * side + x]);
  return {
    x: column - MAX_SHIFT_PX + top(inRow(column - 1), all[best]!, inRow(column + 1)),
    y: row - MAX_SHIFT_PX + top(all[best - side], all[best]!, all[best + side]),
  };
}

/**
 * Shifts for the kernels of the places of one photo. Each kernel is centred to a fraction of a pixel, and similar
 * kernels are aligned: an estimate's noise moves its centre by up to a pixel, which would double the edges where two
 * places meet.
 */
export function consistentShifts(kernels: readonly Kernel[]): readonly Shift[] {
  const centring = kernels.map((kernel) => {
    const { x, y } = kernelCentroid(kernel);
    return { x: -x, y: -y };
  });
  const matched = kernels.map((kernel, i) => (i === 0 ? { x: 0, y: 0 } : shiftBetween(kernels[0]!, kernel)));
  const alike = matched.flatMap((shift, i) =>
    shift ? [{ x: centring[i]!.x - shift.x, y: centring[i]!.y - shift.y }] : [],
  );
  // Align with the first kernel, then centre all of them by their mean.
  const together = (axis: "x" | "y") => alike.reduce((sum, shift) => sum + shift[axis] / alike.length, 0);
  const [x, y] = [together("x"), together("y")];
  return matched.map((shift, i) => (shift ? { x: shift.x + x, y: shift.y + y } : centring[i]!));
}
