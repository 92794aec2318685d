/** @file Records as comma-separated values (RFC 4180). */

type Value = string | number | boolean | null;

function field(value: Value | undefined): string {
  if (value === null || value === undefined) return "";
  const text = String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** A header with every name that any record has, in order of appearance, then a line per record. */
export function csvFromRecords(records: readonly Readonly<Record<string, Value>>[]): string {
  const names = [...new Set(records.flatMap((record) => Object.keys(record)))];
  const lines = [names, ...records.map((record) => names.map((name) => record[name]))];
  return lines.map((line) => `${line.map(field).join(",")}\r\n`).join("");
}
