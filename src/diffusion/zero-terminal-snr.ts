/** @file Lin et al. 2023, "Common diffusion noise schedules and sample steps are flawed", algorithm 1. */

/**
 * Shifts and scales sqrt(alphaBar) so that the last value is 0 and the first stays. Training then ends in the pure
 * noise that sampling starts from. A network must predict v or x0, because eps says nothing about x_0 where there is no
 * signal. betas: [T], T at least 2 -> [T], the last exactly 1.
 */
export function zeroTerminalSnr(betas: Float64Array): Float64Array {
  let product = 1;
  const roots = betas.map((beta) => {
    product *= 1 - beta;
    return Math.sqrt(product);
  });
  const [first, last] = [roots[0]!, roots.at(-1)!];
  const rescaled = roots.map((root) => ((root - last) * first) / (first - last));
  return betas.map((beta, t) => (t === 0 ? beta : 1 - (rescaled[t]! / rescaled[t - 1]!) ** 2));
}
