/**
 * @file Transposition of complex numbers between the two passes of a Fourier transform of a square. AssemblyScript:
 * pointers are byte offsets into PFFFT's heap, a complex number takes 8 bytes, and `size` is a multiple of 32.
 */

/** Number of rows of which a column gets one cache line at a time. */
const ROWS: usize = 8;

function firstOf(a: v128, b: v128): v128 {
  return v128.shuffle<i64>(a, b, 0, 2);
}

function secondOf(a: v128, b: v128): v128 {
  return v128.shuffle<i64>(a, b, 1, 3);
}

/**
 * Spectra of `size` real rows -> `size` / 2 + 1 columns. A row has `size` / 2 complex numbers; the first one holds the
 * lowest and the highest frequency, which are real.
 */
export function columnsOfRows(rows: usize, columns: usize, size: i32): void {
  const line = (<usize>size) << 2;
  const column = (<usize>size) << 3;
  const last = columns + column * (<usize>size >> 1);
  for (let top: usize = 0; top < <usize>size; top += ROWS)
    for (let u: usize = 0; u < <usize>size >> 1; u += 2) {
      const from = rows + top * line + (u << 3);
      const to = columns + u * column + (top << 3);
      for (let i: usize = 0; i < ROWS; i += 2) {
        const a = v128.load(from + i * line);
        const b = v128.load(from + (i + 1) * line);
        const first = firstOf(a, b);
        v128.store(to + column + (i << 3), secondOf(a, b));
        if (u > 0) {
          v128.store(to + (i << 3), first);
          continue;
        }
        const none = f32x4.splat(0);
        v128.store(to + (i << 3), v128.shuffle<f32>(first, none, 0, 4, 2, 4));
        v128.store(last + ((top + i) << 3), v128.shuffle<f32>(first, none, 1, 4, 3, 4));
      }
    }
}

/** Inverse of `columnsOfRows`. */
export function rowsOfColumns(columns: usize, rows: usize, size: i32): void {
  const line = (<usize>size) << 2;
  const column = (<usize>size) << 3;
  const last = columns + column * (<usize>size >> 1);
  for (let top: usize = 0; top < <usize>size; top += ROWS)
    for (let u: usize = 0; u < <usize>size >> 1; u += 2) {
      const to = rows + top * line + (u << 3);
      const from = columns + u * column + (top << 3);
      for (let i: usize = 0; i < ROWS; i += 2) {
        let first = v128.load(from + (i << 3));
        if (u === 0) first = v128.shuffle<f32>(first, v128.load(last + ((top + i) << 3)), 0, 4, 2, 6);
        const second = v128.load(from + column + (i << 3));
        v128.store(to + i * line, firstOf(first, second));
        v128.store(to + (i + 1) * line, secondOf(first, second));
      }
    }
}

/** Transposes a square of complex numbers in place. */
export function transposeSquare(block: usize, size: i32): void {
  const line = (<usize>size) << 3;
  for (let top: usize = 0; top < <usize>size; top += ROWS)
    for (let left: usize = 0; left <= top; left += ROWS)
      for (let y = top; y < top + ROWS; y += 2)
        for (let x = left; x < left + ROWS && x <= y; x += 2) {
          const here = block + y * line + (x << 3);
          const there = block + x * line + (y << 3);
          const a = v128.load(here);
          const b = v128.load(here + line);
          const c = v128.load(there);
          const d = v128.load(there + line);
          v128.store(here, firstOf(c, d));
          v128.store(here + line, secondOf(c, d));
          v128.store(there, firstOf(a, b));
          v128.store(there + line, secondOf(a, b));
        }
}
