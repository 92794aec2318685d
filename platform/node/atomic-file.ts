/** @file Files that are either there in full or not at all. */
import { randomBytes } from "node:crypto";
import { open, rename, unlink } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { UnblurError } from "../../src/base/errors.js";

/** So that a rename outlives a power cut. Not every system can do it for a folder, and then there is nothing better. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, "r").catch(() => null);
  await handle?.sync().catch(() => {});
  await handle?.close();
}

/**
 * Writes to a temporary file in the same folder, forces it to the disk and renames it: a reader, a crash or a full disk never
 * leaves a part of a file under `path`. Replaces a file that is there. `bytes` may come in parts. Throws `file`.
 */
export async function writeFileAtomically(path: string, bytes: Uint8Array | readonly Uint8Array[]): Promise<void> {
  const folder = dirname(path);
  const temporary = join(folder, `.${basename(path)}.${randomBytes(6).toString("hex")}.part`);
  try {
    const file = await open(temporary, "wx");
    try {
      for (const part of bytes instanceof Uint8Array ? [bytes] : bytes) await file.writeFile(part);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
    await syncFolder(folder);
  } catch (cause) {
    await unlink(temporary).catch(() => {}); // it may never have been made; the first error is the one to tell
    throw new UnblurError(
      "file",
      `${path}: could not be written (${String(cause)}); check that the folder "${folder}" exists, may be written to and has space`,
      { cause },
    );
  }
}
