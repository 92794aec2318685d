/** @file Input and output of a command: results, messages, progress and the request to stop. */
import { Readable } from "node:stream";

/** The used part of a writable stream; tests pass one that records. */
export interface Writer {
  write(text: string | Uint8Array): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
}

export interface Io {
  /** Name of the program, with which recorded commands begin. */
  readonly program: string;
  /** Fires at Ctrl-C. Long work passes it on and ends with a `cancelled` error or an exit code of its own. */
  readonly signal: AbortSignal;
  /** Standard input. */
  stdin(): Readable;
  /** Prints a line of the result on stdout, for programs: paths, tables, JSON. */
  print(line: string): void;
  /** Writes a file as the result to stdout. */
  printBytes(bytes: Uint8Array): void;
  /** Prints a line for people on stderr: messages, warnings, the summary. */
  say(line: string): void;
  /** Reports progress on stderr: one line that is rewritten on a terminal, or a line at intervals in a log. */
  progress(status: string): void;
}

export interface IoOptions {
  readonly program: string;
  readonly stdout: Writer;
  readonly stderr: Writer;
  readonly signal: AbortSignal;
  readonly stdin?: () => Readable;
  /** Clock in milliseconds, for tests. */
  readonly now?: () => number;
}

/** Shortest interval between updates of a terminal, in ms. */
const REDRAW_MS = 100;
/** Shortest interval between lines in a log, in ms. */
const LOG_MS = 15_000;
const CLEAR_LINE = "\r\u001b[2K";

/** Escapes control characters: file names may contain sequences that control a terminal. */
const visible = (text: string): string =>
  text.replace(/\p{Cc}/gu, (sign) =>
    sign === "\n" || sign === "\t" ? sign : `\\x${sign.charCodeAt(0).toString(16).padStart(2, "0")}`,
  );

const noInput = () => Readable.from([]);

export interface OwnedIo extends Io {
  /** Clears the progress line. Progress that abandoned work reports afterwards is dropped. */
  end(): void;
}

export function createIo({ program, stdin = noInput, stdout, stderr, signal, now = Date.now }: IoOptions): OwnedIo {
  const terminal = stderr.isTTY === true;
  let drawn = false;
  let ended = false;
  let last = Number.NEGATIVE_INFINITY;
  const clear = () => {
    if (drawn) stderr.write(CLEAR_LINE);
    drawn = false;
    last = Number.NEGATIVE_INFINITY;
  };
  return {
    ...{ program, signal, stdin },
    printBytes(bytes) {
      if (terminal) clear();
      stdout.write(bytes);
    },
    print(line) {
      if (terminal) clear();
      stdout.write(`${line}\n`);
    },
    say(line) {
      if (terminal) clear();
      stderr.write(`${visible(line)}\n`);
    },
    progress(status) {
      if (ended) return;
      const at = now();
      if (at - last < (terminal ? REDRAW_MS : LOG_MS)) return;
      last = at;
      drawn = terminal;
      const shown = visible(status);
      stderr.write(terminal ? `${CLEAR_LINE}${shown.slice(0, (stderr.columns ?? 80) - 1)}` : `${shown}\n`);
    },
    end() {
      ended = true;
      if (terminal) clear();
    },
  };
}
