/** @file Reads whole files that a program wrote: those of models, runs and packages. */
import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";

/** Node reads at most 2 GiB at once. */
const MAX_BYTES = 2 ** 31 - 1;

/**
 * Opens a file for reading. Throws unless it is a regular file: reading a pipe would wait for a writer, and a device may
 * have no end.
 */
export async function openRegular(path: string): Promise<FileHandle> {
  // Without O_NONBLOCK, opening a pipe waits for a writer, and nothing can stop it. Windows has no such flag.
  const file = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  if ((await file.stat()).isFile()) return file;
  await file.close();
  throw new Error("it is not a file");
}

/** Reads a file. Throws for what is not a regular file, and for one of more than 2 GiB. */
export async function readRegular(path: string): Promise<Buffer> {
  await using file = await openRegular(path);
  const { size } = await file.stat();
  if (size > MAX_BYTES) throw new Error(`it has ${size} bytes; expected at most ${MAX_BYTES}`);
  return file.readFile();
}

/** Reads a text file in UTF-8. Throws the errors of `readRegular`. */
export const readRegularText = async (path: string): Promise<string> => (await readRegular(path)).toString("utf8");
