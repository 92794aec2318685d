/** @file Random numbers one after the other, for algorithms whose number of draws is not known before. */
import type { Rng } from "../base/random.js";

/** A sequence of uniform numbers in (0, 1) and standard normal ones. Has a position: use one for one result and drop it. */
export interface Draws {
  uniform(): number;
  normal(): number;
}

/** The numbers of an `Rng` from its start: the same for the same `Rng`. */
export function drawsFrom(rng: Rng): Draws {
  const [uniforms, normals] = [rng.fork("uniform"), rng.fork("normal")];
  let [u, n] = [0, 0];
  return { uniform: () => uniforms.uniform(u++), normal: () => normals.normal(n++) };
}

/** Evenly between two numbers. */
export const between = ([low, high]: readonly [number, number], rng: Rng): number => low + (high - low) * rng.uniform();
