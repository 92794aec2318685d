/** @file Checks that files can be written to a folder, before the work that produces them. */
import { accessSync, constants, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { UnblurError } from "../../../src/base/errors.js";

/** Returns whether `path` is a folder, or a link to one. */
export function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false; // the path does not exist, or a part of it is a file
  }
}

/** The nearest existing ancestor of `path`. */
function lowestThere(path: string): string {
  try {
    statSync(path);
    return path;
  } catch {
    const above = dirname(path);
    return above === path ? path : lowestThere(above);
  }
}

/**
 * Throws `file` if `folder` is not writable, or could not be created: a file is in the way, or the permissions or the
 * disk forbid it. A disk that fills up later is not detected.
 */
export function checkFolder(folder: string): void {
  const there = lowestThere(resolve(folder));
  if (!isFolder(there))
    throw new UnblurError("file", `${folder}: expected a folder to write to, but "${there}" is a file; choose another`);
  try {
    accessSync(there, constants.W_OK | constants.X_OK);
  } catch (cause) {
    const readOnly = (cause as NodeJS.ErrnoException).code === "EROFS";
    throw new UnblurError(
      "file",
      `${folder}: ${readOnly ? "it is on a read-only disk" : "it is not writable"}; choose another folder`,
      { cause },
    );
  }
}
