/**
 * @file Tiles of one size over a picture of any size, blended where they overlap: for networks whose every result depends on the whole
 * tile, where no window's middle equals that of the whole picture.
 */

/** First pixels of tiles along an axis: the last tile ends with the picture, and neighbours overlap by `overlap` or more. */
export function tileStarts(length: number, side: number, overlap: number): number[] {
  if (length <= side) return [0];
  const count = Math.ceil((length - overlap) / (side - overlap));
  return Array.from({ length: count }, (_, i) => Math.round((i * (length - side)) / (count - 1)));
}

/** What each pixel of a tile counts: rises over the overlap, from either end that is not the picture's. Always above 0. */
export function tileWeights(start: number, length: number, side: number, overlap: number): Float32Array {
  return Float32Array.from({ length: side }, (_, i) => {
    const before = start === 0 ? 1 : (i + 0.5) / overlap;
    const after = start + side >= length ? 1 : (side - i - 0.5) / overlap;
    return Math.min(1, before, after);
  });
}
