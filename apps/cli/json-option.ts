/** @file Parsing of options whose value is JSON. */
import type * as z from "zod";
import { UsageError } from "./usage-error.js";

/** Parses and validates the value. Throws UsageError with the first problem. */
export function jsonOption<S extends z.ZodType>(flag: string, schema: S, text: string): z.output<S> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new UsageError(`${flag}: expected JSON, got ${text} (${String(error)})`);
  }
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const { path, message } = result.error.issues[0]!;
  throw new UsageError(`${flag}: ${[path.join("."), message].filter(Boolean).join(": ")}, got ${text}`);
}
