/** @file Files that are either there in full or not at all. */
import { randomBytes } from "node:crypto";
import { open, rename, unlink } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { UnblurError } from "../../src/base/errors.js";

/**
 * Writes to a temporary file in the same folder, forces it to the disk and renames it: a reader, a crash or a full disk never
 * leaves a part of a file under `path`. Replaces a file that is there. Throws `file`.
 */
export async function writeFileAtomically(path: string, bytes: Uint8Array): Promise<void> {
  const folder = dirname(path);
  const temporary = join(folder, `.${basename(path)}.${randomBytes(6).toString("hex")}.part`);
  try {
    const file = await open(temporary, "wx");
    try {
      await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (cause) {
    await unlink(temporary).catch(() => {}); // it may never have been made; the first error is the one to tell
    throw new UnblurError(
      "file",
      `${path}: could not be written (${String(cause)}); check that the folder "${folder}" exists, may be written to and has space`,
      { cause },
    );
  }
}
