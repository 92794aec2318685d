/** @file Numbers at an axis, which has room for seven characters. */

/** "1,000", "0.25", "0.0012", "4e-4": uPlot rounds small numbers to three decimals. "" for none. */
export function tick(value: number | null): string {
  if (value === null) return "";
  const size = Math.abs(value);
  if (size >= 0.01 || value === 0) return value.toLocaleString("en");
  return size >= 0.001 ? value.toPrecision(2) : value.toExponential(1).replace(".0e", "e");
}
