/** @file A sequence of random numbers, for algorithms whose number of draws is not known beforehand. */
import type { Rng } from "../base/random.js";

/**
 * A sequence of uniform numbers in (0, 1) and standard normal ones. It keeps a position: use each for one result only.
 */
export interface Draws {
  uniform(): number;
  normal(): number;
}

/** The numbers of an `Rng` from position 0. */
export function drawsFrom(rng: Rng): Draws {
  const [uniforms, normals] = [rng.fork("uniform"), rng.fork("normal")];
  let [u, n] = [0, 0];
  return { uniform: () => uniforms.uniform(u++), normal: () => normals.normal(n++) };
}

/** Uniform number between `low` and `high`. */
export const between = ([low, high]: readonly [number, number], rng: Rng): number => low + (high - low) * rng.uniform();
