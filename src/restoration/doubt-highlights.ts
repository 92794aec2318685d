/**
 * @file Doubt in a deconvolution around highlights. Lamps, neon and specular dots are often brighter than white, sharper
 * than the rest or lit for a part of the exposure, so one kernel does not explain them. The deconvolution then draws
 * dark rings and arcs around them. Blurred again, it differs from the photo more there than elsewhere.
 */
import { shapeError } from "../base/errors.js";
import { smoothstep } from "../base/smoothstep.js";
import type { ConfidenceGrid } from "../deconvolution/confidence-grid.js";
import type { Planes } from "../images/image.js";
import { cellAt, cellsOf, sumAround } from "./cells.js";

/** How many cells around each are searched for highlights and averaged. */
const [NEAR, AROUND] = [1, 2];
/** "signed": a highlight has a colour of at least this. */
const HIGHLIGHT = 0.92;
/** Share of highlights around a place: below the first they are lamps and dots, above the second a bright surface. */
const [LAMPS, SURFACE] = [0.15, 0.35];
/** Residual relative to the whole photo's, root mean squares: below the first it is normal, above the second doubtful. */
const [NORMAL, DOUBTFUL] = [1.5, 2.2];
/** Smallest residual, "signed", that raises doubt: two levels. */
const MIN_RESIDUAL = 2 / 127.5;

/**
 * Doubt, 0 to 1, in the deconvolution of a photo whose `residual` this is, both [C, H, W] and "signed"; null if there is
 * none. Throws `shape` unless the sizes agree.
 */
export function doubtHighlights(photo: Planes, residual: Planes): ConfidenceGrid | null {
  const { width, height, channels } = photo;
  if (residual.data.length !== photo.data.length)
    throw shapeError("doubtHighlights", `[${channels}, ${height}, ${width}]`, `${residual.data.length} values`);
  const cells = cellsOf(width, height);
  const { columns, rows, within } = cells;
  const zeros = () => new Float64Array(columns * rows);
  const [highlights, squares, pixels] = [zeros(), zeros(), zeros()];
  const size = width * height;
  for (let y = 0, i = 0; y < height; y++)
    for (let x = 0; x < width; x++, i++) {
      const cell = cellAt(cells, x, y);
      let brightest = -1;
      for (let at = i; at < channels * size; at += size) {
        brightest = Math.max(brightest, photo.data[at]!);
        squares[cell] = squares[cell]! + residual.data[at]! ** 2 / channels;
      }
      if (brightest >= HIGHLIGHT) highlights[cell] = highlights[cell]! + 1;
      pixels[cell] = pixels[cell]! + 1;
    }
  const whole = Math.sqrt(squares.reduce((sum, value) => sum + value, 0) / size);
  const values = squares.map((_, cell) => {
    const mean = (of: Float64Array, reach: number) =>
      sumAround(of, cells, cell, reach) / sumAround(pixels, cells, cell, reach);
    const left = Math.sqrt(mean(squares, NEAR));
    if (mean(highlights, NEAR) === 0 || left < MIN_RESIDUAL) return 0;
    return (1 - smoothstep(mean(highlights, AROUND), LAMPS, SURFACE)) * smoothstep(left / whole, NORMAL, DOUBTFUL);
  });
  return values.some((value) => value > 0) ? { columns, rows, values, within } : null;
}
