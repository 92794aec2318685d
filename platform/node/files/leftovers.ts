/**
 * @file Names of temporary files and folders, and cleaning up after killed processes. `.NAME.MARK.part` is the
 * temporary file of NAME, and `.NAME.MARK.old` the folder NAME while it is being replaced.
 */
import { existsSync, readdirSync, renameSync, statSync } from "node:fs";
import { rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { MARK_PATTERN, newMark, processOf } from "./process-mark.js";

const LEFTOVER = new RegExp(`^\\.(.*)\\.(${MARK_PATTERN})\\.(part|old)$`);
/** Longest name in bytes; systems allow 255, and a mark with an ending takes up to 80. */
const MAX_NAME_BYTES = 160;
/** After this time without a write, a process of another machine is assumed to have ended. */
const ABANDONED_MS = 24 * 60 * 60 * 1000;

/** Temporary name for writing `path`, in the same folder. */
export function partName(path: string): string {
  const name = Buffer.from(basename(path)).subarray(0, MAX_NAME_BYTES).toString();
  return join(dirname(path), `.${name}.${newMark()}.part`);
}

/** Hidden name for the folder at `path` while another takes its place. */
export const oldName = (path: string): string => join(dirname(path), `.${basename(path)}.${newMark()}.old`);

interface Leftover {
  readonly path: string;
  /** The intended or former name. */
  readonly name: string;
  readonly kind: "part" | "old";
}

function isAbandoned(path: string, mark: string): boolean {
  const { state } = processOf(mark);
  if (state !== "elsewhere") return state === "ended";
  try {
    return Date.now() - statSync(path).mtimeMs > ABANDONED_MS;
  } catch {
    return false; // already removed, or in an unreadable folder
  }
}

function leftoversIn(folder: string): Leftover[] {
  let entries: string[];
  try {
    entries = readdirSync(folder);
  } catch {
    return []; // missing or unreadable folder: nothing to clear
  }
  return entries.flatMap((entry) => {
    const [, name, mark, kind] = LEFTOVER.exec(entry) ?? [];
    const path = join(folder, entry);
    return mark !== undefined && isAbandoned(path, mark) ? [{ path, name: name!, kind: kind as "part" | "old" }] : [];
  });
}

/** Restores the names of folders whose replacement was killed. */
export function recoverFolders(folder: string): void {
  for (const { path, name, kind } of leftoversIn(folder)) {
    if (kind !== "old" || existsSync(join(folder, name))) continue;
    try {
      renameSync(path, join(folder, name));
    } catch {
      // Another process was faster, or this one has no permission; then the caller reports a missing folder.
    }
  }
}

/**
 * Removes the leftovers of killed processes in a folder. Folders that were moved aside and not replaced get their names
 * back.
 */
export async function clearLeftovers(folder: string): Promise<void> {
  recoverFolders(folder);
  for (const { path, name, kind } of leftoversIn(folder)) {
    if (kind === "old" && !existsSync(join(folder, name))) continue; // the only copy
    await rm(path, { recursive: true, force: true }).catch(() => {}); // the next process retries
  }
}
