/**
 * @file The quantities that a network can be trained to predict, and how each becomes an estimate of x_0. All are
 * linear in x_0, eps and x_t at one level, so each is two pairs of coefficients. The coefficients are applied in
 * float64: at the end of the paper's schedule the signal is 1e-11, where float32 coefficients would add an error of
 * their own.
 */
import { shapeError, UnblurError } from "../base/errors.js";
import type { Denoiser, NoiseLevel } from "./denoiser.js";
import { edmPreconditioning } from "./edm.js";
import { sigmaOf } from "./noise-level.js";

export const PREDICTIONS = ["eps", "x0", "v", "score", "edm"] as const;
export type Prediction = (typeof PREDICTIONS)[number];

interface PredictionRule {
  readonly summary: string;
  /** The training target is x0 * x_0 + eps * eps. */
  readonly target: (level: NoiseLevel) => { readonly x0: number; readonly eps: number };
  /** The estimate of x_0 is xt * x_t + output * (the network's output). */
  readonly denoised: (level: NoiseLevel) => { readonly xt: number; readonly output: number };
}

export const predictions = {
  eps: {
    summary: "the noise; the paper's (Ho et al. 2020)",
    target: () => ({ x0: 0, eps: 1 }),
    denoised: ({ signal, noise }) => ({ xt: 1 / signal, output: -noise / signal }),
  },
  x0: {
    summary: "the sharp image",
    target: () => ({ x0: 1, eps: 0 }),
    denoised: () => ({ xt: 0, output: 1 }),
  },
  v: {
    summary: "signal eps - noise x0 (Salimans and Ho 2022): well scaled at every level, defined without signal",
    // Divided by the total deviation, which is 1 where variance is preserved. In an exploding process v would be as
    // large as sigma.
    target: ({ signal, noise }) => {
      const deviation = Math.hypot(signal, noise);
      return { x0: -noise / deviation, eps: signal / deviation };
    },
    denoised: ({ signal, noise }) => ({
      xt: signal / (signal ** 2 + noise ** 2),
      output: -noise / Math.hypot(signal, noise),
    }),
  },
  score: {
    summary: "the gradient of the log density of x_t, -eps / noise (Song et al. 2021)",
    target: ({ noise }) => ({ x0: 0, eps: -1 / noise }),
    denoised: ({ signal, noise }) => ({ xt: 1 / signal, output: noise ** 2 / signal }),
  },
  edm: {
    summary: "EDM's F (Karras et al. 2022): deviation 1 at every level for images of deviation 0.5",
    // x_t / signal = x_0 + sigma eps = D + out (F's error); the input scale and the level input are those of all
    // predictions.
    target: (level) => {
      const { skip, out } = edmPreconditioning(sigmaOf(level));
      return { x0: (1 - skip) / out, eps: (-skip * sigmaOf(level)) / out };
    },
    denoised: (level) => {
      const { skip, out } = edmPreconditioning(sigmaOf(level));
      return { xt: skip / level.signal, output: out };
    },
  },
} as const satisfies Record<Prediction, PredictionRule>;

/** The training target for x_0 and eps at a level: flat arrays of one length; the result is a new array. */
export function predictionTarget(
  prediction: Prediction,
  x0: Float32Array,
  eps: Float32Array,
  level: NoiseLevel,
): Float32Array {
  if (eps.length !== x0.length) throw shapeError("predictionTarget", `eps of ${x0.length} values`, [eps.length]);
  const weight = predictions[prediction].target(level);
  return x0.map((value, i) => weight.x0 * value + weight.eps * eps[i]!);
}

/**
 * A network with the blurry photo bound in: its raw output for x_t at a level, in an array of x_t's length that the
 * caller owns. `out` is as for a `Denoiser`.
 */
export type NetworkFunction = (xt: Float32Array, level: NoiseLevel, out?: Float32Array) => Promise<Float32Array>;

export interface DenoiserOptions {
  /** Clip the estimate of x_0 to [-1, 1], the range of "signed" pixels, as the paper does in every step. */
  readonly clip?: boolean;
}

/**
 * A denoiser from a network that predicts one of `PREDICTIONS`. The network's result is overwritten and returned, which
 * saves an array for large images. Throws `numeric` at a level without signal, except for v and x0.
 */
export function denoiserFrom(
  prediction: Prediction,
  network: NetworkFunction,
  { clip = false }: DenoiserOptions = {},
): Denoiser {
  return async (xt, level, given) => {
    const weight = predictions[prediction].denoised(level);
    if (!Number.isFinite(weight.xt) || !Number.isFinite(weight.output))
      throw new UnblurError(
        "numeric",
        `denoiserFrom: a network that predicts ${prediction} cannot estimate x_0 at signal ${level.signal}, noise ${level.noise}; ` +
          "use one that predicts v or x0, or a schedule without zeroTerminalSnr",
      );
    const out = await network(xt, level, given);
    if (out.length !== xt.length)
      throw shapeError("denoiserFrom", `${xt.length} values from the network`, [out.length]);
    const low = clip ? -1 : Number.NEGATIVE_INFINITY;
    const high = clip ? 1 : Number.POSITIVE_INFINITY;
    for (let i = 0; i < out.length; i++) {
      // A term of weight 0 is left out, because x_t may be infinite there.
      const value = (weight.xt === 0 ? 0 : weight.xt * xt[i]!) + weight.output * out[i]!;
      out[i] = Math.max(low, Math.min(high, value)); // keeps NaN, for the sampler to report
    }
    return out;
  };
}
