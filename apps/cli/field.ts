/** @file One zod schema as a command-line option or argument: its flag, help, value and what it expects, in words. */
import { z } from "zod";

/**
 * Schemas of options or arguments by their camelCase names. `.describe("...")` is the help; `.meta({ value: "FILE" })` names the
 * value in the help, `.meta({ short: "o" })` adds a one-letter flag. Booleans are flags without a value (`--no-x` where the default
 * is true), arrays can be given several times (options) or take all that is left (the last argument).
 */
export type Fields = Readonly<Record<string, z.ZodType>>;

export type Values<F extends Fields> = z.output<z.ZodObject<{ -readonly [K in keyof F]: F[K] }>>;

export const kebab = (name: string): string => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

/** The schema without optional, nullable and default around it. */
function core(schema: z.ZodType): z.ZodType {
  if (
    schema instanceof z.ZodOptional ||
    schema instanceof z.ZodNullable ||
    schema instanceof z.ZodDefault ||
    schema instanceof z.ZodPrefault
  )
    return core(schema.unwrap() as z.ZodType);
  return schema;
}

/** Metadata of the schema or of what it wraps: `.default()` after `.describe()` must not lose the help. */
function meta(schema: z.ZodType, key: string): string | undefined {
  const own = schema.meta()?.[key];
  if (typeof own === "string") return own;
  return "unwrap" in schema && typeof schema.unwrap === "function" && !(schema instanceof z.ZodArray)
    ? meta(schema.unwrap() as z.ZodType, key)
    : undefined;
}

export const isFlag = (schema: z.ZodType): boolean => core(schema) instanceof z.ZodBoolean;
export const isList = (schema: z.ZodType): boolean => core(schema) instanceof z.ZodArray;
export const isRequired = (schema: z.ZodType): boolean => !schema.safeParse(undefined).success;

/** The value when the option is left out, or undefined. */
export function defaultOf(schema: z.ZodType): unknown {
  const result = schema.safeParse(undefined);
  return result.success ? (result.data ?? undefined) : undefined;
}

const element = (schema: z.ZodType): z.ZodType => {
  const inner = core(schema);
  return inner instanceof z.ZodArray ? core(inner.element as z.ZodType) : inner;
};

/** What stands for the value in the help: FILE, N, cpu|webgpu. */
export function valueName(schema: z.ZodType): string {
  const inner = element(schema);
  const given = meta(schema, "value") ?? meta(inner, "value");
  if (given) return given;
  if (inner instanceof z.ZodEnum) return inner.options.join("|");
  return inner instanceof z.ZodNumber ? "N" : "TEXT";
}

/** The text of one value as what its schema takes: numbers are read, all else stays text. */
export function readValue(schema: z.ZodType, text: string): unknown {
  const inner = element(schema);
  return inner instanceof z.ZodNumber && text.trim() !== "" ? Number(text) : text;
}

/** "an integer from 1 to 64", "one of cpu, webgpu, cuda". */
export function expected(schema: z.ZodType): string {
  const inner = element(schema);
  if (inner instanceof z.ZodEnum) return `one of ${inner.options.join(", ")}`;
  if (!(inner instanceof z.ZodNumber)) return meta(schema, "description") ?? "a text";
  const { exclusiveMinimum, minimum, maximum, exclusiveMaximum } = z.toJSONSchema(inner, { unrepresentable: "any" });
  const whole = inner.format === "safeint";
  const low = minimum === undefined || minimum === Number.MIN_SAFE_INTEGER ? undefined : minimum;
  const high = maximum === undefined || maximum === Number.MAX_SAFE_INTEGER ? undefined : maximum;
  const bounds = [
    exclusiveMinimum === undefined ? undefined : `above ${exclusiveMinimum}`,
    exclusiveMaximum === undefined ? undefined : `below ${exclusiveMaximum}`,
    low !== undefined && high !== undefined ? `from ${low} to ${high}` : undefined,
    low !== undefined && high === undefined ? `of at least ${low}` : undefined,
    low === undefined && high !== undefined ? `of at most ${high}` : undefined,
  ].filter((bound) => bound !== undefined);
  return [whole ? "an integer" : "a number", bounds.join(" and ")].filter(Boolean).join(" ");
}

export interface Flag {
  /** As commander takes it: "-o, --out <FILE>". */
  readonly flags: string;
  /** As messages name it: "--out". */
  readonly name: string;
  readonly help: string;
}

export function flagOf(key: string, schema: z.ZodType): Flag {
  const fallback = defaultOf(schema);
  const long = isFlag(schema) && fallback === true ? `--no-${kebab(key)}` : `--${kebab(key)}`;
  const short = meta(schema, "short");
  const value = isFlag(schema) ? "" : ` <${valueName(schema)}>`;
  const notes = [
    isRequired(schema) ? "required" : undefined,
    fallback === undefined || typeof fallback === "boolean" || (Array.isArray(fallback) && fallback.length === 0)
      ? undefined
      : `default: ${String(fallback)}`,
    isList(schema) ? "can be repeated" : undefined,
  ].filter((note) => note !== undefined);
  const help = [meta(schema, "description") ?? "", notes.length > 0 ? `(${notes.join("; ")})` : ""];
  return { flags: `${short ? `-${short}, ` : ""}${long}${value}`, name: long, help: help.filter(Boolean).join(" ") };
}

/** "<FILE...>" for a required list, "[FILE]" for an optional value. */
export function argumentSyntax(schema: z.ZodType): string {
  const name = `${valueName(schema)}${isList(schema) ? "..." : ""}`;
  return isRequired(schema) ? `<${name}>` : `[${name}]`;
}

export const helpOf = (schema: z.ZodType): string => meta(schema, "description") ?? "";
