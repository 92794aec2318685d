/**
 * @file Counter-based randomness: Threefry-2x32 with 20 rounds (Salmon et al. 2011, "Parallel random numbers: as easy
 * as 1, 2, 3"). A number is a pure function of (key, position), so any part of a stream can be drawn by itself: the
 * noise of a pixel does not depend on tile size, batch or number of threads, and a resumed run draws the numbers that
 * the uninterrupted run would have drawn. It needs additions, rotations and exclusive-ors only, so it is fast in
 * JavaScript and gives the same numbers on every machine.
 */

/** Two 32-bit words of key. */
export type Key = readonly [number, number];

const PARITY = 0x1bd11bda;
const scratch = new Uint32Array(2);

/** One block: writes the two words for counter (c0, c1) under key (k0, k1) to `out`. */
export function threefry2x32(k0: number, k1: number, c0: number, c1: number, out: Uint32Array): void {
  const k2 = PARITY ^ k0 ^ k1;
  let x = (c0 + k0) | 0;
  let y = (c1 + k1) | 0;
  for (let group = 0; group < 5; group++) {
    if ((group & 1) === 0) {
      x = (x + y) | 0;
      y = ((y << 13) | (y >>> 19)) ^ x; // biome-ignore format: a round a line
      x = (x + y) | 0;
      y = ((y << 15) | (y >>> 17)) ^ x; // biome-ignore format: a round a line
      x = (x + y) | 0;
      y = ((y << 26) | (y >>> 6)) ^ x; // biome-ignore format: a round a line
      x = (x + y) | 0;
      y = ((y << 6) | (y >>> 26)) ^ x; // biome-ignore format: a round a line
    } else {
      x = (x + y) | 0;
      y = ((y << 17) | (y >>> 15)) ^ x; // biome-ignore format: a round a line
      x = (x + y) | 0;
      y = ((y << 29) | (y >>> 3)) ^ x; // biome-ignore format: a round a line
      x = (x + y) | 0;
      y = ((y << 16) | (y >>> 16)) ^ x; // biome-ignore format: a round a line
      x = (x + y) | 0;
      y = ((y << 24) | (y >>> 8)) ^ x; // biome-ignore format: a round a line
    }
    const step = group % 3; // the key schedule: (k1, k2), (k2, k0), (k0, k1), ...
    x = (x + (step === 0 ? k1 : step === 1 ? k2 : k0)) | 0;
    y = (y + (step === 0 ? k2 : step === 1 ? k0 : k1) + group + 1) | 0;
  }
  out[0] = x;
  out[1] = y;
}

/** Uniform in (0, 1) from a 32-bit word: never 0, so that its logarithm exists. */
const unit = (word: number): number => (word + 0.5) / 4294967296;

/** The largest float32 below 1. */
const BELOW_ONE = 1 - 2 ** -24;

/** Key words of a label: FNV-1a twice, so that forks by name are as independent as forks by number. */
function wordsOf(label: string | number): [number, number] {
  if (typeof label === "number") return [label >>> 0, Math.floor(label / 4294967296) >>> 0];
  let a = 0x811c9dc5;
  let b = 0xcbf29ce4;
  for (let i = 0; i < label.length; i++) {
    a = Math.imul(a ^ label.charCodeAt(i), 0x01000193);
    b = Math.imul(b ^ label.charCodeAt(i), 0x01000193) + i;
  }
  return [a >>> 0, (b ^ 0x5bd1e995) >>> 0];
}

/** An immutable source of random numbers: the same position always gives the same number. */
export class Rng {
  private constructor(readonly key: Key) {}

  static fromSeed(seed: number): Rng {
    return new Rng([seed >>> 0, Math.floor(seed / 4294967296) >>> 0]);
  }

  /** An independent source for a purpose ("eps") or an index (the step). */
  fork(...path: readonly (string | number)[]): Rng {
    let [k0, k1] = this.key;
    for (const label of path) {
      const [a, b] = wordsOf(label);
      threefry2x32(k0, k1, a, typeof label === "string" ? b : b ^ 0x80000000, scratch);
      [k0, k1] = [scratch[0]!, scratch[1]!];
    }
    return new Rng([k0, k1]);
  }

  /** Uniform number in (0, 1) at a position. */
  uniform(position = 0): number {
    threefry2x32(this.key[0], this.key[1], position >>> 0, Math.floor(position / 4294967296), scratch);
    return unit(scratch[0]!);
  }

  /** Standard normal number at a position, the value that `normals` gives there. */
  normal(position = 0): number {
    const pair = Math.floor(position / 2);
    threefry2x32(this.key[0], this.key[1], pair >>> 0, Math.floor(pair / 4294967296), scratch);
    const radius = Math.sqrt(-2 * Math.log(unit(scratch[0]!)));
    const angle = 2 * Math.PI * unit(scratch[1]!);
    return radius * (position % 2 === 0 ? Math.cos(angle) : Math.sin(angle));
  }

  /** Integer in [0, bound) at a position. */
  integer(bound: number, position = 0): number {
    return Math.floor(this.uniform(position) * bound);
  }

  /** `count` standard normal numbers from position `start` (Box-Muller: positions 2i and 2i + 1 share a block). */
  normals(count: number, start = 0): Float32Array {
    const out = new Float32Array(count);
    for (let i = 0; i < count; ) {
      const position = start + i;
      const pair = Math.floor(position / 2);
      threefry2x32(this.key[0], this.key[1], pair >>> 0, Math.floor(pair / 4294967296), scratch);
      const radius = Math.sqrt(-2 * Math.log(unit(scratch[0]!)));
      const angle = 2 * Math.PI * unit(scratch[1]!);
      if (position % 2 === 0) {
        out[i++] = radius * Math.cos(angle);
        if (i < count) out[i++] = radius * Math.sin(angle);
      } else out[i++] = radius * Math.sin(angle);
    }
    return out;
  }

  /** `count` uniform numbers in (0, 1) from position `start`; position p is word p of the stream. */
  uniforms(count: number, start = 0): Float32Array {
    const out = new Float32Array(count);
    // The largest words round to 1 in single precision.
    for (let i = 0; i < count; i++) out[i] = Math.min(this.uniform(start + i), BELOW_ONE);
    return out;
  }

  /**
   * `count` random 32-bit words from word `start`, which must be even. A block gives two, so this is the cheapest way
   * to many random bits.
   */
  words(count: number, start = 0): Uint32Array {
    const out = new Uint32Array(count);
    const [k0, k1] = this.key;
    for (let i = 0; i < count; i += 2) {
      const block = (start + i) / 2;
      threefry2x32(k0, k1, block >>> 0, Math.floor(block / 4294967296), scratch);
      out[i] = scratch[0]!;
      if (i + 1 < count) out[i + 1] = scratch[1]!;
    }
    return out;
  }

  /** A permutation of 0 .. count - 1 (Fisher-Yates). */
  permutation(count: number): Uint32Array {
    const order = Uint32Array.from({ length: count }, (_, i) => i);
    for (let i = count - 1; i > 0; i--) {
      const j = this.integer(i + 1, i);
      [order[i], order[j]] = [order[j]!, order[i]!];
    }
    return order;
  }
}
