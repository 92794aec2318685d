/**
 * @file Doubt in a deconvolution around highlights. Lamps, neon and specular dots are often brighter than white, sharper
 * than the rest or lit for a part of the exposure, so one kernel does not explain them. The deconvolution then draws
 * dark rings and arcs around them. Blurred again, it differs from the photo more there than elsewhere.
 */
import { shapeError } from "../base/errors.js";
import type { ConfidenceGrid } from "../deconvolution/confidence-grid.js";
import type { Planes } from "../images/image.js";

/** Side of the cells, and how many cells around each are searched for highlights and averaged. */
const [CELL_PX, NEAR, AROUND] = [16, 1, 2];
/** "signed": a highlight has a colour of at least this. */
const HIGHLIGHT = 0.92;
/** Share of highlights around a place: below the first they are lamps and dots, above the second a bright surface. */
const [LAMPS, SURFACE] = [0.15, 0.35];
/** Residual relative to the whole photo's, root mean squares: below the first it is normal, above the second doubtful. */
const [NORMAL, DOUBTFUL] = [1.5, 2.2];
/** Smallest residual, "signed", that raises doubt: two levels. */
const MIN_RESIDUAL = 2 / 127.5;

const rising = (value: number, from: number, to: number): number => {
  const t = Math.min(1, Math.max(0, (value - from) / (to - from)));
  return t * t * (3 - 2 * t);
};

/**
 * Doubt, 0 to 1, in the deconvolution of a photo whose `residual` this is, both [C, H, W] and "signed"; null if there is
 * none. Throws `shape` unless the sizes agree.
 */
export function doubtHighlights(photo: Planes, residual: Planes): ConfidenceGrid | null {
  const { width, height, channels } = photo;
  if (residual.data.length !== photo.data.length)
    throw shapeError("doubtHighlights", `[${channels}, ${height}, ${width}]`, `${residual.data.length} values`);
  const [columns, rows] = [Math.ceil(width / CELL_PX), Math.ceil(height / CELL_PX)];
  const cells = Array.from({ length: columns * rows }, () => ({ highlights: 0, squares: 0, pixels: 0 }));
  const size = width * height;
  for (let y = 0, i = 0; y < height; y++)
    for (let x = 0; x < width; x++, i++) {
      const cell = cells[Math.floor(y / CELL_PX) * columns + Math.floor(x / CELL_PX)]!;
      let brightest = -1;
      for (let at = i; at < channels * size; at += size) {
        brightest = Math.max(brightest, photo.data[at]!);
        cell.squares += residual.data[at]! ** 2 / channels;
      }
      if (brightest >= HIGHLIGHT) cell.highlights++;
      cell.pixels++;
    }
  const around = (cell: number, reach: number) => {
    const [column, row] = [cell % columns, Math.floor(cell / columns)];
    const sums = { highlights: 0, squares: 0, pixels: 0 };
    for (let v = Math.max(0, row - reach); v <= Math.min(rows - 1, row + reach); v++)
      for (let u = Math.max(0, column - reach); u <= Math.min(columns - 1, column + reach); u++) {
        const { highlights, squares, pixels } = cells[v * columns + u]!;
        sums.highlights += highlights;
        sums.squares += squares;
        sums.pixels += pixels;
      }
    return sums;
  };
  const whole = Math.sqrt(cells.reduce((sum, { squares }) => sum + squares, 0) / size);
  const values = Float64Array.from(cells, (_, cell) => {
    const near = around(cell, NEAR);
    const left = Math.sqrt(near.squares / near.pixels);
    if (near.highlights === 0 || left < MIN_RESIDUAL) return 0;
    const { highlights, pixels } = around(cell, AROUND);
    return (1 - rising(highlights / pixels, LAMPS, SURFACE)) * rising(left / whole, NORMAL, DOUBTFUL);
  });
  const within = { left: 0, top: 0, width: columns * CELL_PX, height: rows * CELL_PX };
  return values.some((value) => value > 0) ? { columns, rows, values, within } : null;
}
