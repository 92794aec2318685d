/** @file A number of a table as text, the same for a terminal and for a report's page. */

export interface ShownNumber {
  /** Null for no value, which is shown as a dash. */
  readonly value: number | null;
  readonly digits: number;
  /** Show + before positive numbers, for gains and differences. */
  readonly signed?: boolean;
}

/** "25.17", "+0.31", "-" for none, "inf". The minus sign is a hyphen, so that copied text is still a number. */
export function formatNumber({ value, digits, signed = false }: ShownNumber): string {
  if (value === null || Number.isNaN(value)) return "-";
  if (!Number.isFinite(value)) return value > 0 ? (signed ? "+inf" : "inf") : "-inf";
  const text = value.toFixed(digits);
  if (Number(text) === 0) return (0).toFixed(digits); // neither -0.00 nor +0.00
  return signed && value > 0 ? `+${text}` : text;
}
