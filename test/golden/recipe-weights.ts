/**
 * @file Weights that fixtures give by a formula because they are too large to store: a hash of seed and name, then of
 * each index.
 */

/**
 * float32 values in `centre` +- `half`. `name` is that of the parameter, in the layout that the fixtures' `shape` is
 * of.
 */
export function recipeValues(
  seed: string,
  name: string,
  shape: readonly number[],
  centre: number,
  half: number,
): Float32Array {
  let start = 0x811c9dc5; // FNV-1a, 32 bits
  for (const byte of new TextEncoder().encode(`${seed}:${name}`)) start = Math.imul(start ^ byte, 0x01000193) >>> 0;
  return Float32Array.from({ length: shape.reduce((product, length) => product * length, 1) }, (_, i) => {
    let x = (start + Math.imul(i, 0x9e3779b9)) >>> 0;
    x = Math.imul(x ^ (x >>> 16), 0x85ebca6b) >>> 0;
    x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35) >>> 0;
    x = (x ^ (x >>> 16)) >>> 0;
    return centre + half * (2 * (x / 2 ** 32) - 1);
  });
}
