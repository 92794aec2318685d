/** @file VP, sub-VP and VE of Song et al. 2021, appendices B and C. */

export interface PlainSde {
  readonly drift: (t: number) => number;
  readonly diffusion: (t: number) => number;
  readonly mean: (t: number) => number;
  readonly std: (t: number) => number;
  /** Deviation of x_T. */
  readonly prior: number;
}

const beta = (low: number, high: number, t: number): number => low + t * (high - low);
/** The integral of beta from 0 to t. */
const area = (low: number, high: number, t: number): number => low * t + 0.5 * (high - low) * t * t;

export const vp = (low: number, high: number): PlainSde => ({
  drift: (t) => -beta(low, high, t) / 2,
  diffusion: (t) => Math.sqrt(beta(low, high, t)),
  mean: (t) => Math.exp(-area(low, high, t) / 2),
  std: (t) => Math.sqrt(-Math.expm1(-area(low, high, t))),
  prior: 1,
});
export const subVp = (low: number, high: number): PlainSde => ({
  ...vp(low, high),
  diffusion: (t) => Math.sqrt(beta(low, high, t) * -Math.expm1(-2 * area(low, high, t))),
  std: (t) => -Math.expm1(-area(low, high, t)),
});
export const ve = (low: number, high: number): PlainSde => {
  const sigma = (t: number) => low * (high / low) ** t;
  return {
    drift: () => 0,
    diffusion: (t) => sigma(t) * Math.sqrt(2 * Math.log(high / low)),
    mean: () => 1,
    std: sigma,
    prior: high,
  };
};

/** SDEs with the constants of published code. */
export const SDES = { vp: vp(0.1, 20), ve: ve(0.01, 50) } as const;
