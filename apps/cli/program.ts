/** @file Runs a command line: finds the command, reads its options, reports errors and returns the exit code. */
import { existsSync } from "node:fs";
import type { Readable } from "node:stream";
import { Argument, Command as CommanderCommand, CommanderError, Option } from "commander";
import { cancelled, UnblurError } from "../../src/base/errors.js";
import { oneLine } from "../../src/base/one-line.js";
import { isList } from "../../src/base/schema-text.js";
import type { Command } from "./command.js";
import { EXIT, type ExitCode } from "./exit-codes.js";
import { argumentSyntax, flagOf, helpOf } from "./field.js";
import { createIo, type OwnedIo, type Writer } from "./io.js";
import { UsageError } from "./usage-error.js";

/**
 * Commands by name, in the order of the help. The first is the default command. Each is loaded on demand: the commands
 * for experiments and training alone import hundreds of files, which would delay a restoration.
 */
export type Commands = Readonly<Record<string, () => Promise<Command>>>;

export interface Program {
  readonly name: string;
  readonly version: string;
  readonly summary: string;
  readonly commands: Commands;
}

export interface Host {
  readonly stdin?: () => Readable;
  readonly stdout: Writer;
  readonly stderr: Writer;
  /** Requests a stop. Its reason is an UnblurError if results can no longer be printed. */
  readonly signal: AbortSignal;
  /** Resolves when all printed output has been written or has failed. */
  readonly flush?: () => Promise<void>;
  /** Prints stack traces for every error, as --verbose does. */
  readonly debug?: boolean;
}

const EXIT_CODES = `Exit codes: ${EXIT.done} done, ${EXIT.failed} something failed, ${EXIT.usage} the command line is wrong, ${EXIT.cancelled} stopped by Ctrl-C or another signal.`;

/** Runs a command line (without node and script). Never throws and never exits the process. */
export async function runProgram(program: Program, argv: readonly string[], host: Host): Promise<ExitCode> {
  const io = createIo({ ...host, program: program.name });
  let code: ExitCode = EXIT.done;
  try {
    if (argv.length === 0) throw new UsageError(`${program.name}: name a picture or a command`);
    const words = askedHelp(program, argv);
    refuseMisspelt(program, words[0]!);
    const root = build(program, await commandsFor(program, words[0]!), host, io, (result) => {
      code = result;
    });
    await root.parseAsync([...words], { from: "user" });
  } catch (thrown) {
    io.end();
    // Library calls reject with the signal's reason, which is a word for Ctrl-C.
    const rethrown = host.signal.aborted && thrown === host.signal.reason && failureOf(host) === null;
    const error = rethrown ? cancelled() : thrown;
    const stopped = error instanceof UnblurError && error.code === "cancelled" && failureOf(host) !== null;
    if (!stopped) code = reportError(error, io, program, host.debug || argv.includes("--verbose"));
  } finally {
    io.end();
  }
  await host.flush?.();
  const failure = failureOf(host);
  return failure ? reportError(failure, io, program, false) : code;
}

/** The reason why results could not be printed, or null. */
const failureOf = ({ signal }: Host): UnblurError | null =>
  signal.reason instanceof UnblurError ? signal.reason : null;

/** The commands to parse with: the named or default command, or all of them for the help. The default comes first. */
async function commandsFor({ commands }: Program, word: string): Promise<readonly Command[]> {
  const named = Object.hasOwn(commands, word) ? commands[word] : undefined;
  if (named) return [await named()];
  const loads = Object.values(commands);
  return Promise.all((isHelp(word) ? loads : loads.slice(0, 1)).map((load) => load()));
}

const isHelp = (word: string): boolean => word === "-h" || word === "--help";

function build(
  { name, version, summary, commands: all }: Program,
  commands: readonly Command[],
  { stdout, stderr }: Host,
  io: OwnedIo,
  onDone: (code: ExitCode) => void,
): CommanderCommand {
  const [first] = commands;
  const root = new CommanderCommand(name)
    .description(summary)
    .usage(`FILE... [options]\n       ${name} COMMAND [options]`)
    .version(version, "-V, --version", "Print the version")
    .helpOption("-h, --help", "Print help; COMMAND --help describes a command")
    .helpCommand(false)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void stdout.write(text),
      writeErr: (text) => void stderr.write(text),
      outputError: () => {}, // `tell` prints it in the program's own words
    })
    .addHelpText(
      "after",
      `\nThe default command is ${first?.name}: \`${name} ${first?.examples[0]?.split(" ").slice(1).join(" ")}\`.\n\n${EXIT_CODES}`,
    );
  const [meant] = Object.keys(all);
  for (const command of commands) addCommand(root, command, command.name === meant, io, onDone);
  return root;
}

function addCommand(
  root: CommanderCommand,
  command: Command,
  isDefault: boolean,
  io: OwnedIo,
  onDone: (code: ExitCode) => void,
): void {
  const sub = root.command(command.name, { isDefault }).description(command.summary);
  for (const schema of Object.values(command.arguments))
    sub.addArgument(new Argument(argumentSyntax(schema), helpOf(schema)));
  for (const [key, schema] of Object.entries(command.options)) {
    const { flags, help } = flagOf(key, schema);
    const option = new Option(flags, help);
    if (isList(schema)) option.argParser((text: string, before: string[] | undefined) => [...(before ?? []), text]);
    sub.addOption(option);
  }
  sub.option("--verbose", "Print stack traces with errors");
  const after = [
    ["Examples:", ...command.examples.map((line) => `  ${line}`)].join("\n"),
    ...(command.details ?? []),
    EXIT_CODES,
  ];
  sub.addHelpText("after", `\n${after.join("\n\n")}`);
  sub.allowExcessArguments(false);
  sub.action(async () => {
    onDone(await command.execute(sub.opts(), sub.processedArgs, io));
  });
}

/** Reads "help" and "help train" as "--help" and "train --help", unless there is a picture of that name. */
function askedHelp({ commands }: Program, argv: readonly string[]): readonly string[] {
  const [word, command] = argv;
  if (word !== "help" || existsSync(word)) return argv;
  return command !== undefined && Object.hasOwn(commands, command) ? [command, "--help"] : ["--help"];
}

/** Throws UsageError for a word that is similar to a command and names no file. */
function refuseMisspelt({ name, commands }: Program, word: string): void {
  const names = Object.keys(commands);
  if (word.startsWith("-") || /[./\\]/.test(word) || names.includes(word) || existsSync(word)) return;
  const near = closest(word, names);
  if (near) throw new UsageError(`${name}: unknown command "${word}"; did you mean "${near}"?`);
}

/** Prints an error as one line and returns the exit code. */
function reportError(error: unknown, io: OwnedIo, { name }: Program, verbose: boolean): ExitCode {
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return EXIT.done; // help or version, already printed
    io.say(`error: ${oneLine(error.message.replace(/^error: /, "").replace(/\n\((.*)\)$/, "; $1"))}`);
    io.say(`See \`${name} --help\`.`);
    return EXIT.usage;
  }
  const known = error instanceof UnblurError || error instanceof UsageError;
  const message = oneLine(error instanceof Error ? error.message : String(error));
  if (error instanceof UnblurError && error.code === "cancelled") io.say(message);
  else io.say(known ? `error: ${message}` : `error: ${message} (this is a bug; --verbose prints the stack)`);
  if (verbose && error instanceof Error) io.say(stackOf(error));
  if (error instanceof UsageError) {
    io.say(`See \`${name} --help\`.`);
    return EXIT.usage;
  }
  if (!(error instanceof UnblurError)) return EXIT.failed;
  if (error.code === "cancelled") return EXIT.cancelled;
  return error.code === "argument" ? EXIT.usage : EXIT.failed;
}

function stackOf(error: Error): string {
  const cause = error.cause instanceof Error ? `\ncaused by ${stackOf(error.cause)}` : "";
  return `${error.stack ?? error.message}${cause}`;
}

/** Returns the name that `word` most likely misspells, or undefined if none is close. */
function closest(word: string, names: readonly string[]): string | undefined {
  const ranked = names
    .map((name) => ({ name, distance: editDistance(word.toLowerCase(), name.toLowerCase()) }))
    .filter(({ name, distance }) => distance <= Math.max(1, Math.floor(name.length / 3)))
    .sort((a, b) => a.distance - b.distance);
  return ranked[0]?.name;
}

/** Optimal string alignment: insertions, deletions, substitutions and swaps of neighbours. */
function editDistance(a: string, b: string): number {
  const cost = (i: number, j: number): number => rows[i]?.[j] ?? Number.POSITIVE_INFINITY;
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, j) => j)];
  for (let i = 1; i <= a.length; i++) {
    rows.push([i]);
    for (let j = 1; j <= b.length; j++) {
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      rows[i]!.push(
        Math.min(
          cost(i - 1, j) + 1,
          cost(i, j - 1) + 1,
          cost(i - 1, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1),
          swapped ? cost(i - 2, j - 2) + 1 : Number.POSITIVE_INFINITY,
        ),
      );
    }
  }
  return cost(a.length, b.length);
}
