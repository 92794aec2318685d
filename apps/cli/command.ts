/**
 * @file Definition of commands. One zod schema per option gives its parsing, type, default, help and validation:
 *
 * ```ts
 * export const shrink = defineCommand({
 *   name: "shrink",
 *   summary: "Make pictures smaller.",
 *   examples: ["unblur shrink a.jpg b.jpg --by 2"],
 *   arguments: { files: z.array(z.string()).min(1).meta({ value: "FILE", description: "Pictures to shrink" }) },
 *   options: {
 *     by: z.int().min(2).default(2).describe("Factor by which each side shrinks"),
 *     device: z.enum(["cpu", "webgpu"]).default("cpu").describe("Device to compute on"),
 *     out: z.string().optional().meta({ value: "DIR", description: "Folder to write to" }),
 *     json: z.boolean().default(false).describe("Print JSON"),
 *   },
 *   async run({ files, by, out }, io) {
 *     if (out === "") throw new UsageError("--out: expected a folder, got an empty name"); // exit code 2
 *     for (const [done, file] of files.entries()) {
 *       if (io.signal.aborted) return EXIT.cancelled; // or let a `cancelled` UnblurError through
 *       io.progress(`${file} (${done + 1} of ${files.length})`); // stderr, rewritten in place on a terminal
 *       io.print(await shrinkFile(file, by)); // stdout: results only
 *     }
 *     return EXIT.done;
 *   },
 * });
 * ```
 *
 * An UnblurError thrown by `run` is printed as one line. The exit code is 1, or 2 for code "argument", 130 for
 * "cancelled".
 */

import { expected, isFlag, isList, metaOf, readValue } from "../../src/base/schema-text.js";
import type { ExitCode } from "./exit-codes.js";
import { type Fields, flagOf, helpOf, isRequired, type Values, valueName } from "./field.js";
import type { Io } from "./io.js";
import { recordedCommand } from "./recorded-command.js";
import { UsageError } from "./usage-error.js";

export interface CommandDefinition<O extends Fields, A extends Fields> {
  readonly name: string;
  /** One sentence for the list of commands. */
  readonly summary: string;
  readonly examples: readonly string[];
  /** Paragraphs at the end of the help. */
  readonly details?: readonly string[];
  /** Values by position, in this order. */
  readonly arguments: A;
  readonly options: O;
  /**
   * Runs the command. All other input and output goes through `io`. `recorded` returns the command line that repeats
   * the call, with `changes` in place of the given values.
   */
  run(
    given: Values<O> & Values<A>,
    io: Io,
    recorded: (changes?: Partial<Values<O> & Values<A>>) => string,
  ): Promise<ExitCode>;
}

/** A command without its option types, as the program calls it. */
export interface Command extends Omit<CommandDefinition<Fields, Fields>, "run"> {
  /**
   * `options`: a text, a list of texts or true by key, as parsed from the command line; `values`: the positional
   * arguments. Throws UsageError.
   */
  execute(options: Readonly<Record<string, unknown>>, values: readonly unknown[], io: Io): Promise<ExitCode>;
}

export function defineCommand<const O extends Fields, const A extends Fields = Record<never, never>>(
  definition: Omit<CommandDefinition<O, A>, "arguments"> & { readonly arguments?: A },
): Command {
  const { run, arguments: positional = {} as A, ...rest } = definition;
  return {
    ...rest,
    arguments: positional,
    async execute(options, values, io) {
      const given: Record<string, unknown> = {};
      for (const [key, schema] of Object.entries(rest.options))
        given[key] = readField(flagOf(key, schema).name, schema, options[key]);
      for (const [i, [key, schema]] of Object.entries(positional).entries())
        given[key] = readField(valueName(schema), schema, values[i]);
      const recorded = (changes = {}) =>
        recordedCommand(
          [io.program, rest.name],
          { arguments: positional, options: rest.options },
          { ...given, ...changes },
        );
      return run(given as Values<O> & Values<A>, io, recorded);
    },
  };
}

/**
 * Parses one field from the command line's text. Throws UsageError with the option's name, the expected value and the
 * given one.
 */
function readField(name: string, schema: Fields[string], raw: unknown): unknown {
  const list = Array.isArray(raw) && raw.length === 0 ? undefined : raw;
  if (list === undefined && isRequired(schema))
    throw new UsageError(
      [name, isFlag(schema) ? "" : valueName(schema), "is missing:", helpOf(schema)].filter(Boolean).join(" "),
    );
  const read = (text: unknown) => (typeof text === "string" ? readValue(schema, text) : text);
  const value = isList(schema) && Array.isArray(list) ? list.map(read) : read(list);
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  // For a list, shows the wrong item. The message of a refinement is more specific than the type.
  const got = Array.isArray(raw) ? raw[Number(issue?.path[0] ?? 0)] : raw;
  const what = issue?.code === "custom" ? issue.message : `expected ${expected(schema)}`;
  // Secrets stay out of terminals and logs.
  const shown = metaOf(schema, "secret") === undefined ? `, got ${JSON.stringify(got)}` : "";
  throw new UsageError(`${name}: ${what}${shown}`);
}
