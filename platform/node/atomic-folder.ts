/** @file Folders that are either there in full or not at all. */
import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { UnblurError } from "../../src/base/errors.js";
import { makeFolder } from "./make-folder.js";

export interface AtomicFolderOptions {
  /** Whether a folder that is there is replaced. */
  readonly replace: boolean;
  /** Fills the folder it is given. If it rejects, nothing is left of it, and what was there before stays. */
  fill(folder: string): Promise<void>;
}

/**
 * Fills a hidden folder beside `path` and renames it: a reader, a crash or a full disk never leaves a part of a folder under `path`.
 * Throws `file` if it is there and not to be replaced, or cannot be written.
 */
export async function writeFolderAtomically(path: string, { replace, fill }: AtomicFolderOptions): Promise<void> {
  const besides = (what: string) => join(dirname(path), `.${basename(path)}.${randomBytes(6).toString("hex")}.${what}`);
  const [temporary, old] = [besides("part"), besides("old")];
  await makeFolder(dirname(path));
  try {
    await mkdir(temporary);
    await fill(temporary);
    const replaces = replace && existsSync(path);
    if (replaces) await rename(path, old);
    try {
      await rename(temporary, path); // fails if another process made it in between
    } catch (error) {
      if (replaces) await rename(old, path);
      throw error;
    }
    await rm(old, { recursive: true, force: true });
  } catch (cause) {
    await rm(temporary, { recursive: true, force: true });
    if (cause instanceof UnblurError) throw cause;
    throw new UnblurError("file", `${path}: the folder could not be written (${String(cause)})`, { cause });
  }
}
