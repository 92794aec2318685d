/** @file Inner loops of masked deconvolution (masked-deconvolution.ts). AssemblyScript, see transpose.ts. */

/**
 * One step for the blurry picture. u = (known * blurry + weight * given) / (known + weight), where given = block + dual;
 * dual = given - u; block = u - dual. Arrays of `count` numbers, a multiple of 4.
 */
export function splitBlurred(blurry: usize, known: usize, block: usize, dual: usize, count: i32, weight: f32): void {
  const weights = f32x4.splat(weight);
  const end = (<usize>count) << 2;
  for (let i: usize = 0; i < end; i += 16) {
    const given = f32x4.add(v128.load(block + i), v128.load(dual + i));
    const counts = v128.load(known + i);
    const sum = f32x4.add(f32x4.mul(counts, v128.load(blurry + i)), f32x4.mul(weights, given));
    const u = f32x4.div(sum, f32x4.add(counts, weights));
    const left = f32x4.sub(given, u);
    v128.store(dual + i, left);
    v128.store(block + i, f32x4.sub(u, left));
  }
}

/**
 * One step for the differences to the right and below of a periodic block [size, size]. With d a difference plus its
 * dual, and k = d shrunk towards 0 by `less`: dual = d - k, and `out` is the adjoint of the differences k - dual.
 * `above` is a buffer of one row.
 */
export function splitDifferences(
  block: usize,
  dualRight: usize,
  dualBelow: usize,
  out: usize,
  above: usize,
  size: i32,
  less: f32,
): void {
  const limit = f32x4.splat(less);
  const bytes = (<usize>size) << 2;
  const end = bytes - 16;
  // The first row needs the values below the last row. They are computed first; the duals are kept in their turn.
  const lastRow = block + bytes * <usize>(size - 1);
  for (let x: usize = 0; x < bytes; x += 16) {
    const down = f32x4.sub(v128.load(block + x), v128.load(lastRow + x));
    v128.store(above + x, split(f32x4.add(down, v128.load(dualBelow + (lastRow - block) + x)), limit));
  }
  for (let y = 0; y < size; y++) {
    const from = bytes * <usize>y;
    const row = block + from;
    const below = block + bytes * <usize>(y + 1 === size ? 0 : y + 1);
    const first = v128.load32_splat(row);
    // The row's last pixel is the left neighbour of its first one.
    let value = v128.load(row + end);
    let right = f32x4.sub(v128.shuffle<f32>(value, first, 1, 2, 3, 4), value);
    let left = split(f32x4.add(right, v128.load(dualRight + from + end)), limit);
    for (let x: usize = 0; x < bytes; x += 16) {
      value = v128.load(row + x);
      const next = x < end ? v128.load(row + x, 4) : v128.shuffle<f32>(value, first, 1, 2, 3, 4);
      right = f32x4.add(f32x4.sub(next, value), v128.load(dualRight + from + x));
      let down = f32x4.add(f32x4.sub(v128.load(below + x), value), v128.load(dualBelow + from + x));
      v128.store(dualRight + from + x, clamped(right, limit));
      v128.store(dualBelow + from + x, clamped(down, limit));
      right = split(right, limit);
      down = split(down, limit);
      const came = f32x4.add(v128.shuffle<f32>(left, right, 3, 4, 5, 6), v128.load(above + x));
      v128.store(out + from + x, f32x4.sub(f32x4.sub(came, right), down));
      v128.store(above + x, down);
      left = right;
    }
  }
}

/** The difference clipped to the limit: the part that shrinking removes, which is the new dual. */
function clamped(difference: v128, limit: v128): v128 {
  return f32x4.max(f32x4.min(difference, limit), f32x4.neg(limit));
}

/** The shrunk difference minus the new dual. */
function split(difference: v128, limit: v128): v128 {
  const dual = clamped(difference, limit);
  return f32x4.sub(f32x4.sub(difference, dual), dual);
}
