/**
 * @file Formulas for numbers that depend on the size of a picture: integer combinations of 1, h, w, h w and the same
 * times n, where n is the number of pictures and h, w are their sides in units of the network's multiple. Lengths,
 * areas and batches of either have this form.
 */
import type { Emitter } from "../emitter.js";

/** Sides are in units of the network's multiple. */
export interface Size {
  readonly n: number;
  readonly h: number;
  readonly w: number;
}

const VARIABLES = ["n", "h", "w"] as const satisfies readonly (keyof Size)[];
// biome-ignore format: a table
const TERMS = [
  [], ["h"], ["w"], ["h", "w"], ["n"], ["n", "h"], ["n", "w"], ["n", "h", "w"],
] as const satisfies readonly (readonly (keyof Size)[])[];

/**
 * Sizes to build a graph for. Eight of them determine the coefficients; the others must agree. No side and no count is
 * 1, which would broadcast, and the eight rows of terms are linearly independent.
 */
// biome-ignore format: a table
export const SIZES: readonly Size[] = ([
  [2, 2, 3], [2, 3, 7], [2, 5, 2], [2, 7, 5], [3, 2, 5], [3, 3, 2], [3, 5, 7], [3, 7, 3],
  [2, 6, 4], [3, 4, 6], [5, 3, 4],
] as const).map(([n, h, w]) => ({ n, h, w }));

const termsAt = (size: Size): number[] =>
  TERMS.map((term) => term.reduce((product, variable) => product * size[variable], 1));

/** Integer coefficients of the terms, in their order. */
export type Formula = readonly number[];

/** The formula that gives `values` at `SIZES`, or null if no integer coefficients do. */
export function formulaOf(values: readonly number[]): Formula | null {
  if (values.every((value) => value === values[0])) return TERMS.map((_, i) => (i === 0 ? values[0]! : 0));
  const system = SIZES.slice(0, TERMS.length).map((size, i) => [...termsAt(size), values[i]!]);
  const coefficients = solve(system).map((value) => Math.round(value) + 0); // no -0
  return SIZES.every((size, i) => evaluate(coefficients, size) === values[i]) ? coefficients : null;
}

const evaluate = (formula: Formula, size: Size): number =>
  termsAt(size).reduce((sum, term, i) => sum + term * formula[i]!, 0);

/** Solves [A | b] by Gaussian elimination. */
function solve(rows: number[][]): number[] {
  const count = rows.length;
  for (let column = 0; column < count; column++) {
    const pivot = rows
      .slice(column)
      .reduce((best, row) => (Math.abs(row[column]!) > Math.abs(best[column]!) ? row : best));
    rows.splice(rows.indexOf(pivot), 1);
    rows.splice(column, 0, pivot);
    for (const row of rows) {
      if (row === pivot) continue;
      const factor = row[column]! / pivot[column]!;
      for (let i = column; i <= count; i++) row[i]! -= factor * pivot[i]!;
    }
  }
  return rows.map((row, i) => row[count]! / row[i]!);
}

export const isFixed = (formula: Formula): boolean => formula.slice(1).every((coefficient) => coefficient === 0);

/** Names of n, h and w in the model, each an int64 vector of length 1. */
export type SizeNames = Readonly<Record<keyof Size, string>>;

/** Writes the nodes that read n, h and w from an image [N, C, h multiple, w multiple]. */
export function emitSizes(emit: Emitter, image: string, multiple: number): SizeNames {
  const length = (axis: number) => emit.node("Shape", [image], { start: axis, end: axis + 1 });
  const side = (axis: number) =>
    multiple === 1 ? length(axis) : emit.node("Div", [length(axis), emit.ints([multiple])]);
  return { n: length(0), h: side(2), w: side(3) };
}

/** Writes the formula; returns the name of its value, an int64 vector of length 1. */
export function emitFormula(emit: Emitter, formula: Formula, names: SizeNames): string {
  const parts = TERMS.flatMap((term, i) => {
    const coefficient = formula[i]!;
    if (coefficient === 0) return [];
    const factors = VARIABLES.filter((variable) => (term as readonly string[]).includes(variable)).map((v) => names[v]);
    if (factors.length === 0 || coefficient !== 1) factors.push(emit.ints([coefficient]));
    return [factors.reduce((product, factor) => emit.node("Mul", [product, factor]))];
  });
  return parts.length === 0 ? emit.ints([0]) : parts.reduce((sum, part) => emit.node("Add", [sum, part]));
}
