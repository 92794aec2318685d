/** @file Confidence in a deconvolution, place by place. */
import type { Rect } from "../images/crop.js";

/** Confidence, 0 to 1, at places that divide a photo evenly, row by row; linear between their centres. */
export interface ConfidenceGrid {
  readonly columns: number;
  readonly rows: number;
  /** Rectangle of the whole photo, relative to the picture that the confidence covers, which may be a part of it. */
  readonly within: Rect;
  readonly values: ArrayLike<number>;
}

/** The two places between whose centres a pixel lies along an axis, and the share of the second. */
interface Between {
  readonly first: number;
  readonly next: number;
  readonly share: number;
}

function between(pixel: number, from: number, length: number, count: number): Between {
  const at = Math.min(Math.max(((pixel - from + 0.5) * count) / length - 0.5, 0), count - 1);
  const first = Math.floor(at);
  return { first, next: Math.min(first + 1, count - 1), share: at - first };
}

/** Interpolates between two places, whose values start at `from` and lie `step` apart. */
const mixed = (values: ArrayLike<number>, { first, next, share }: Between, step = 1, from = 0): number => {
  const near = values[from + step * first]!;
  return near + share * (values[from + step * next]! - near);
};

/** The confidence in line y of a picture of this width: an array that the next call overwrites. */
export function confidenceLines(
  { columns, rows, within, values }: ConfidenceGrid,
  width: number,
): (y: number) => Float64Array {
  const across = Array.from({ length: width }, (_, x) => between(x, within.left, within.width, columns));
  const [places, line] = [new Float64Array(columns), new Float64Array(width)];
  let filled: number | null = null;
  return (y) => {
    if (y === filled) return line;
    const down = between(y, within.top, within.height, rows);
    for (let i = 0; i < columns; i++) places[i] = mixed(values, down, columns, i);
    for (let x = 0; x < width; x++) line[x] = mixed(places, across[x]!);
    filled = y;
    return line;
  };
}
