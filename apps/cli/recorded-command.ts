/**
 * @file The command line that repeats a call, built from the values the command received; recorded in pages and files.
 */
import { isDeepStrictEqual } from "node:util";
import { isFlag } from "../../src/base/schema-text.js";
import { defaultOf, type Fields, flagOf } from "./field.js";

/** Quotes a word for a POSIX shell. */
export const quoteForShell = (word: string): string =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;

/** An option and its value as one or two words. */
function optionWords(flag: string, value: unknown): string[] {
  const text = String(value);
  return text.startsWith("-") ? [`${flag}=${text}`] : [flag, text];
}

/**
 * "unblur deblur 'a b.jpg' --steps 8": the positional values and every option whose value is not its default. `words`:
 * the program and the command.
 */
export function recordedCommand(
  words: readonly string[],
  { arguments: positional, options }: { readonly arguments: Fields; readonly options: Fields },
  given: Readonly<Record<string, unknown>>,
): string {
  const set = Object.entries(options).flatMap(([key, schema]) => {
    const value = given[key];
    if (value === undefined || value === null || isDeepStrictEqual(value, defaultOf(schema))) return [];
    const flag = flagOf(key, schema).name;
    return isFlag(schema) ? [flag] : [value].flat().flatMap((one) => optionWords(flag, one));
  });
  const files = Object.keys(positional)
    .flatMap((key) => given[key] ?? [])
    .map(String);
  const dashed = files.some((word) => word.startsWith("-"));
  const all = dashed ? [...words, ...set, "--", ...files] : [...words, ...files, ...set];
  return all.map(quoteForShell).join(" ");
}
