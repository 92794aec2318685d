/**
 * @file Wilcoxon's signed-rank test (1945) of paired differences, one per picture, against zero. It assumes no
 * distribution, so one picture with a huge difference does not decide.
 */
/** Up to so many differences the distribution is counted; beyond, the normal one is as good. */
const MAX_COUNTED = 100;

/**
 * Two-sided p-value; zeros are left out, ties share their ranks. Null without a difference. With five or fewer
 * differences it cannot fall below 0.05.
 */
export function signedRankTest(differences: readonly number[]): number | null {
  const present = differences.filter((value) => value !== 0 && !Number.isNaN(value));
  if (present.length === 0) return null;
  const ranks = doubledRanks(present.map(Math.abs));
  const total = ranks.reduce((sum, rank) => sum + rank, 0);
  const positive = ranks.reduce((sum, rank, i) => sum + (present[i]! > 0 ? rank : 0), 0);
  const smaller = Math.min(positive, total - positive);
  return present.length <= MAX_COUNTED ? counted(ranks, total, smaller) : normal(ranks, total, smaller);
}

/** Twice the rank of each, an integer also where several share one. */
function doubledRanks(sizes: readonly number[]): number[] {
  const order = sizes.map((_, i) => i).sort((a, b) => sizes[a]! - sizes[b]!);
  const ranks = new Array<number>(sizes.length);
  for (let start = 0; start < order.length; ) {
    let end = start + 1;
    while (end < order.length && sizes[order[end]!] === sizes[order[start]!]) end++;
    for (let i = start; i < end; i++) ranks[order[i]!] = start + 1 + end;
    start = end;
  }
  return ranks;
}

/** Share of all choices of signs whose positive ranks sum to `smaller` or less, on both sides. */
function counted(ranks: readonly number[], total: number, smaller: number): number {
  let shares = Float64Array.of(1, ...new Float64Array(total));
  for (const rank of ranks) shares = shares.map((share, sum) => (share + (sum >= rank ? shares[sum - rank]! : 0)) / 2);
  const below = shares.subarray(0, smaller + 1).reduce((sum, share) => sum + share, 0);
  return Math.min(1, 2 * below);
}

function normal(ranks: readonly number[], total: number, smaller: number): number {
  const deviation = Math.sqrt(ranks.reduce((sum, rank) => sum + rank * rank, 0)) / 2;
  return Math.min(1, erfc((total / 2 - smaller) / (deviation * Math.SQRT2)));
}

/** Complementary error function of x >= 0 to 1.5e-7 (Abramowitz and Stegun 1964, 7.1.26). */
function erfc(x: number): number {
  const t = 1 / (1 + 0.3275911 * x);
  const series = [0.254829592, -0.284496736, 1.421413741, -1.453152027, 1.061405429];
  return series.reduceRight((sum, coefficient) => (sum + coefficient) * t, 0) * Math.exp(-x * x);
}
