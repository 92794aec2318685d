/** @file A sampler's whole way, copied out of its arrays. */

import type { NoiseLevel } from "../../../../src/diffusion/denoiser.js";
import type { Sampling } from "../../../../src/samplers/sampling.js";

export interface Trace {
  /** Before each step, and the result: steps + 1. */
  readonly x: Float32Array[];
  readonly denoised: Float32Array[];
  /** Statistics of x before each step. */
  readonly levels: NoiseLevel[];
}

/** `onStep` is called before each update. */
export async function trace(sampling: Sampling, onStep: () => void = () => {}): Promise<Trace> {
  const out: Trace = { x: [], denoised: [], levels: [] };
  for (let next = await sampling.next(); ; next = await sampling.next()) {
    if (next.done) {
      out.x.push(next.value.slice());
      return out;
    }
    onStep();
    out.x.push(next.value.x.slice());
    out.denoised.push(next.value.denoised.slice());
    out.levels.push(next.value.level);
  }
}
