/** @file Square cells of a photo, over which its pictures are compared. */

const CELL_PX = 16;

export interface Cells {
  readonly columns: number;
  readonly rows: number;
  /** Rectangle of all cells, which may reach beyond the photo. */
  readonly within: { readonly left: 0; readonly top: 0; readonly width: number; readonly height: number };
}

export function cellsOf(width: number, height: number): Cells {
  const [columns, rows] = [Math.ceil(width / CELL_PX), Math.ceil(height / CELL_PX)];
  return { columns, rows, within: { left: 0, top: 0, width: columns * CELL_PX, height: rows * CELL_PX } };
}

/** Index of a pixel's cell, row by row. */
export const cellAt = ({ columns }: Cells, x: number, y: number): number =>
  Math.floor(y / CELL_PX) * columns + Math.floor(x / CELL_PX);

/** Sum of the values of a cell and of those up to `reach` cells away along each axis. */
export function sumAround(values: Float64Array, { columns, rows }: Cells, cell: number, reach: number): number {
  const [column, row] = [cell % columns, Math.floor(cell / columns)];
  let sum = 0;
  for (let v = Math.max(0, row - reach); v <= Math.min(rows - 1, row + reach); v++)
    for (let u = Math.max(0, column - reach); u <= Math.min(columns - 1, column + reach); u++)
      sum += values[v * columns + u]!;
  return sum;
}
