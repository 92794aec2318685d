/** @file Reads the bytes of a file, or of a pipe, which may be silent or endless. */
import { close, constants, createReadStream, open } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { Socket } from "node:net";
import type { Readable } from "node:stream";
import { setTimeout as wait } from "node:timers/promises";
import { promisify } from "node:util";
import { throwIfCancelled, UnblurError } from "../../../src/base/errors.js";

export interface InputOptions {
  /** Name of the input in error messages. */
  readonly name: string;
  /** Larger files are refused before they are read; default: 2000 MB, which Node can read at once. */
  readonly maxBytes?: number;
  /** Cancels waiting for a pipe that sends nothing. */
  readonly signal?: AbortSignal | undefined;
  /** Bytes at the start of a pipe that suffice for `check`. */
  readonly headBytes: number;
  /** Throws if the beginning of the input shows that it is not worth reading. */
  check(head: Uint8Array): void;
}

const MAX_FILE_BYTES = 2e9;
/** Limit of a pipe's bytes, which are briefly held twice and may have no end. */
const MAX_PIPE_BYTES = 500e6;
const RETRY_MS = 20;

/** Reasons why a path cannot be read, by the system's code, with the remedy. */
const UNREADABLE: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file; check the path",
  ENAMETOOLONG: "there is no such file, and its name is too long for the disk; check the path",
  EISDIR: "it is a folder; name the pictures in it",
  EACCES: "it is not readable; check its permissions",
  ENOTDIR: "it leads through a file that is not a folder; check the path",
  ERR_INVALID_ARG_VALUE: "it cannot be the name of a file, because it has a character with the code 0; check the path",
};

/** Node replaces bytes of a name that are not UTF-8 by U+FFFD before this program receives it. */
export const NOT_UTF8 = "cannot be opened, because its name is not in UTF-8; rename it";

/** Returns whether the name of a file that was listed, but cannot be found, is not in UTF-8. */
export const isNotUtf8 = (path: string): boolean => path.includes("\ufffd");

const openFile = promisify(open);
const closeFile = promisify(close);

/**
 * Reads an input. Throws `file` if it cannot be read or is too large, `cancelled` when the signal fires, and the errors
 * of `check`.
 */
export async function inputBytes(path: string, options: InputOptions): Promise<Uint8Array> {
  const { name, signal, maxBytes } = options;
  try {
    const info = await stat(path);
    if (info.isCharacterDevice() || info.isBlockDevice())
      throw new UnblurError("file", `${name}: it is a device or a terminal; expected a picture file or a pipe`);
    if (info.isFIFO()) return await collect(await openPipe(path, signal), { maxBytes: MAX_PIPE_BYTES, ...options });
    if (info.size > (maxBytes ?? MAX_FILE_BYTES))
      throw tooLarge(name, `${megabytes(info.size)} MB`, maxBytes ?? MAX_FILE_BYTES);
    // Virtual files of the system also report a size of 0.
    if (info.isFile() && info.size === 0)
      return await collect(createReadStream(path), { maxBytes: MAX_PIPE_BYTES, ...options });
    return await readFile(path, { signal });
  } catch (cause) {
    if (cause instanceof UnblurError) throw cause;
    throwIfCancelled(signal);
    const code = (cause as NodeJS.ErrnoException).code ?? "";
    const why = code === "ENOENT" && isNotUtf8(path) ? `it ${NOT_UTF8}` : UNREADABLE[code];
    throw new UnblurError("file", `${name}: ${why ?? `it cannot be read (${String(cause)})`}`, { cause });
  }
}

/**
 * Reads an open stream, such as standard input, to its end. Throws `argument` for a terminal, and the errors of
 * `inputBytes`.
 */
export async function streamBytes(
  stream: Readable & { readonly isTTY?: boolean },
  options: InputOptions,
): Promise<Uint8Array> {
  const { name, signal, maxBytes = MAX_PIPE_BYTES } = options;
  if (stream.isTTY)
    throw new UnblurError("argument", `${name}: expected a picture from a pipe or a file, got a terminal`);
  try {
    return await collect(stream, { ...options, maxBytes });
  } catch (cause) {
    if (cause instanceof UnblurError) throw cause;
    throwIfCancelled(signal);
    throw new UnblurError("file", `${name}: it cannot be read (${String(cause)})`, { cause });
  }
}

const megabytes = (bytes: number): number => Math.ceil(bytes / 1e5) / 10;

const tooLarge = (name: string, got: string, maxBytes: number): UnblurError =>
  new UnblurError("file", `${name}: expected at most ${maxBytes / 1e6} MB, got ${got}; give a smaller file`);

/**
 * Opens a pipe for reading, as a stream that waits without occupying a thread. Opening it waits for a writer, in a
 * thread that only a writer can wake: when the signal fires, this process becomes that writer.
 */
async function openPipe(path: string, signal: AbortSignal | undefined): Promise<Socket> {
  throwIfCancelled(signal);
  const opening = openFile(path, constants.O_RDONLY);
  let opened = false;
  const wake = async () => {
    while (!opened) {
      const writer = await openFile(path, constants.O_WRONLY | constants.O_NONBLOCK).catch(() => null);
      if (writer !== null) return closeFile(writer);
      await wait(RETRY_MS); // the thread has not opened the pipe yet
    }
  };
  signal?.addEventListener("abort", wake, { once: true });
  try {
    const fd = await opening;
    return new Socket({ fd, readable: true, writable: false });
  } finally {
    opened = true;
    signal?.removeEventListener("abort", wake);
  }
}

type CollectOptions = InputOptions & { readonly maxBytes: number };

/**
 * Reads a stream to its end, and checks its start as soon as it has arrived. A cancelled call does not wait for the
 * stream to end: a stream made from an iterator ends only after the iterator's next value, which may never come.
 */
async function collect(stream: Readable, options: CollectOptions): Promise<Uint8Array> {
  const { signal } = options;
  let cancel: (why: Error) => void = () => {};
  const cancelled = new Promise<never>((_, reject) => {
    cancel = reject;
  });
  cancelled.catch(() => {}); // after the race nobody waits for it
  const stop = () => {
    const why = new Error("stopped on request");
    cancel(why);
    stream.destroy(why);
  };
  if (signal?.aborted) stop();
  signal?.addEventListener("abort", stop, { once: true });
  try {
    return await Promise.race([allOf(stream, options), cancelled]);
  } finally {
    signal?.removeEventListener("abort", stop);
    stream.destroy();
  }
}

async function allOf(stream: Readable, { name, maxBytes, headBytes, check }: CollectOptions): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of stream as AsyncIterable<unknown>) {
    if (!(chunk instanceof Uint8Array))
      throw new UnblurError("argument", `${name}: expected a stream of bytes, got ${typeof chunk}s`);
    const isStart = length < headBytes;
    chunks.push(chunk);
    length += chunk.length;
    if (isStart && length >= headBytes) check(Buffer.concat(chunks));
    if (length > maxBytes) throw tooLarge(name, "more", maxBytes);
  }
  return Buffer.concat(chunks);
}
