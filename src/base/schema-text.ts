/**
 * @file Values of a zod schema read from text, and schemas described in words: shared by command lines and query
 * strings.
 */
import * as z from "zod";

/** The schema inside optional, nullable and default. */
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

/** Metadata of the schema or of the schema it wraps, so that `.default()` after `.describe()` keeps the help. */
export function metaOf(schema: z.ZodType, key: string): string | undefined {
  const own = schema.meta()?.[key];
  if (typeof own === "string") return own;
  return "unwrap" in schema && typeof schema.unwrap === "function" && !(schema instanceof z.ZodArray)
    ? metaOf(schema.unwrap() as z.ZodType, key)
    : undefined;
}

export const isFlag = (schema: z.ZodType): boolean => core(schema) instanceof z.ZodBoolean;
export const isList = (schema: z.ZodType): boolean => core(schema) instanceof z.ZodArray;

/** Schema of one value: the element schema of an array, else the schema itself. */
export const elementOf = (schema: z.ZodType): z.ZodType => {
  const inner = core(schema);
  return inner instanceof z.ZodArray ? core(inner.element as z.ZodType) : inner;
};

/** Converts text to the type that its schema takes: numbers are parsed, everything else stays text. */
export function readValue(schema: z.ZodType, text: string): unknown {
  return elementOf(schema) instanceof z.ZodNumber && text.trim() !== "" ? Number(text) : text;
}

/** "a non-empty text", "a text of 16 characters or more". */
function textExpected(schema: z.ZodString): string {
  const { minLength: least } = schema;
  if (least === null || least === 0) return "a text";
  return least === 1 ? "a non-empty text" : `a text of ${least} characters or more`;
}

/** "an integer from 1 to 64", "one of cpu, webgpu, cuda", "a non-empty text". */
export function expected(schema: z.ZodType): string {
  const inner = elementOf(schema);
  if (inner instanceof z.ZodEnum) return `one of ${inner.options.join(", ")}`;
  if (inner instanceof z.ZodString) return textExpected(inner);
  if (!(inner instanceof z.ZodNumber)) return metaOf(schema, "description") ?? "a text";
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
