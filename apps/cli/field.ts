/** @file One zod schema as a command-line option or argument: its flag, help, value name and expected values. */
import * as z from "zod";
import { elementOf, isFlag, isList, metaOf } from "../../src/base/schema-text.js";

/**
 * Schemas of options or arguments by their camelCase names. `.describe("...")` is the help; `.meta({ value: "FILE" })`
 * names the value in the help; `.meta({ short: "o" })` adds a one-letter flag. Booleans are flags without a value; if
 * the default is true, the flag is `--no-x`, and `.meta({ without: "..." })` is its help. Options with arrays can be
 * repeated; an array as the last argument takes the remaining words.
 */
export type Fields = Readonly<Record<string, z.ZodType>>;

export type Values<F extends Fields> = z.output<z.ZodObject<{ -readonly [K in keyof F]: F[K] }>>;

const kebab = (name: string): string => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

export const isRequired = (schema: z.ZodType): boolean => !schema.safeParse(undefined).success;

/** The default value, or undefined. */
export function defaultOf(schema: z.ZodType): unknown {
  const result = schema.safeParse(undefined);
  return result.success ? (result.data ?? undefined) : undefined;
}

/** Placeholder of the value in the help: FILE, N, cpu|webgpu. */
export function valueName(schema: z.ZodType): string {
  const inner = elementOf(schema);
  const given = metaOf(schema, "value") ?? metaOf(inner, "value");
  if (given) return given;
  if (inner instanceof z.ZodEnum) return inner.options.join("|");
  return inner instanceof z.ZodNumber ? "N" : "TEXT";
}

export interface Flag {
  /** Flags in commander's syntax: "-o, --out <FILE>". */
  readonly flags: string;
  /** Name in messages: "--out". */
  readonly name: string;
  readonly help: string;
}

export function flagOf(key: string, schema: z.ZodType): Flag {
  const fallback = defaultOf(schema);
  const long = isFlag(schema) && fallback === true ? `--no-${kebab(key)}` : `--${kebab(key)}`;
  const short = metaOf(schema, "short");
  const value = isFlag(schema) ? "" : ` <${valueName(schema)}>`;
  const notes = [
    isRequired(schema) ? "required" : undefined,
    fallback === undefined || typeof fallback === "boolean" || (Array.isArray(fallback) && fallback.length === 0)
      ? undefined
      : `default: ${String(fallback)}`,
    isList(schema) ? "can be repeated" : undefined,
  ].filter((note) => note !== undefined);
  const what = long.startsWith("--no-") ? metaOf(schema, "without") : undefined;
  const help = [what ?? metaOf(schema, "description") ?? "", notes.length > 0 ? `(${notes.join("; ")})` : ""];
  return { flags: `${short ? `-${short}, ` : ""}${long}${value}`, name: long, help: help.filter(Boolean).join(" ") };
}

/** "<FILE...>" for a required list, "[FILE]" for an optional value. */
export function argumentSyntax(schema: z.ZodType): string {
  const name = `${valueName(schema)}${isList(schema) ? "..." : ""}`;
  return isRequired(schema) ? `<${name}>` : `[${name}]`;
}

export const helpOf = (schema: z.ZodType): string => metaOf(schema, "description") ?? "";
