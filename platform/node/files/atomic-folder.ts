/** @file Folders that are written completely or not at all. */
import { existsSync } from "node:fs";
import { mkdir, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { UnblurError } from "../../../src/base/errors.js";
import { notWritten, syncFolder } from "./atomic-file.js";
import { clearLeftovers, oldName, partName } from "./leftovers.js";
import { makeFolder } from "./make-folder.js";

export interface AtomicFolderOptions {
  /** Replace an existing folder. */
  readonly replace: boolean;
  /** Fills the given folder. If it rejects, the folder is removed, and an existing one stays. */
  fill(folder: string): Promise<void>;
}

/**
 * Fills a hidden folder beside `path` and renames it. A reader, a crash or a full disk never leaves a part of a folder
 * under
 * `path`. A kill between the two renames of a replacement leaves the former folder under a hidden name;
 * `recoverFolders` restores it. Throws `file` if `path` exists and may not be replaced, or cannot be written.
 */
export async function writeFolderAtomically(path: string, { replace, fill }: AtomicFolderOptions): Promise<void> {
  const parent = dirname(path);
  await makeFolder(parent);
  await clearLeftovers(parent);
  const [temporary, old] = [partName(path), oldName(path)];
  try {
    await mkdir(temporary);
    await fill(temporary);
    await syncFolder(temporary);
    const replaces = replace && existsSync(path);
    if (replaces) await rename(path, old);
    try {
      await rename(temporary, path); // fails if another process created it meanwhile
    } catch (error) {
      if (replaces) await rename(old, path);
      throw error;
    }
    await syncFolder(parent);
    await rm(old, { recursive: true, force: true });
  } catch (cause) {
    await rm(temporary, { recursive: true, force: true });
    if (cause instanceof UnblurError) throw cause;
    const taken = ["EEXIST", "ENOTEMPTY"].includes((cause as NodeJS.ErrnoException).code ?? "");
    throw taken
      ? new UnblurError("file", `${path}: it already exists; choose another name, or replace it with --force`, {
          cause,
        })
      : notWritten(path, cause);
  }
}
