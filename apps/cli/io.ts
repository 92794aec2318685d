/** @file What a command sees of the world: where results, remarks and progress go, and whether it should stop. */
import { Readable } from "node:stream";

/** The part of a writable stream that is used; tests give one that remembers. */
export interface Writer {
  write(text: string | Uint8Array): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
}

export interface Io {
  /** Name of the program, as recorded commands begin with it. */
  readonly program: string;
  /** Fires at Ctrl-C. Long work passes it on and ends with a `cancelled` error or an exit code of its own. */
  readonly signal: AbortSignal;
  /** Standard input. */
  stdin(): Readable;
  /** A line of the result, on stdout: paths, tables, JSON. Programs read it. */
  print(line: string): void;
  /** A file as the result, on stdout. */
  printBytes(bytes: Uint8Array): void;
  /** A line for people, on stderr: remarks, warnings, the summary. */
  say(line: string): void;
  /** How far the work is, on stderr: one line that is rewritten on a terminal, else a line now and then. */
  progress(status: string): void;
}

export interface IoOptions {
  readonly program: string;
  readonly stdout: Writer;
  readonly stderr: Writer;
  readonly signal: AbortSignal;
  readonly stdin?: () => Readable;
  /** Milliseconds; for tests. */
  readonly now?: () => number;
}

/** A terminal is rewritten at most this often, a log gets a line at most that often. */
const REDRAW_MS = 100;
const LOG_MS = 15_000;
const CLEAR_LINE = "\r\u001b[2K";

/** Escapes control characters: file names may contain sequences that control a terminal. */
const visible = (text: string): string =>
  text.replace(/\p{Cc}/gu, (sign) =>
    sign === "\n" || sign === "\t" ? sign : `\\x${sign.charCodeAt(0).toString(16).padStart(2, "0")}`,
  );

const noInput = () => Readable.from([]);

export interface OwnedIo extends Io {
  /** Clears the progress line. Later progress reports of abandoned work are dropped. */
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
