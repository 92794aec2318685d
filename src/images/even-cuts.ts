/** @file Division of a picture's side into equal parts. */

/**
 * `count` parts that cover `length`, of equal size except for rounding: each from its first pixel to the first of the
 * next.
 */
export const evenCuts = (length: number, count: number): readonly { readonly from: number; readonly to: number }[] =>
  Array.from({ length: count }, (_, i) => ({
    from: Math.round((i * length) / count),
    to: Math.round(((i + 1) * length) / count),
  }));
