/** @file Smoothing of noisy curves. */

/**
 * Exponential moving average; `past` in [0, 1) is the weight of the past. Unbiased from the first value on (Kingma & Ba
 * 2014, section 3). Gaps remain and do not count.
 */
export function smooth(values: readonly (number | null)[], past: number): (number | null)[] {
  let [sum, weight] = [0, 0];
  return values.map((value) => {
    if (value === null) return null;
    sum = past * sum + (1 - past) * value;
    weight = past * weight + (1 - past);
    return sum / weight;
  });
}
