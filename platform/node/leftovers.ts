/**
 * @file Temporary files and folders: their names, and what happens to those of a process that was killed. A name is
 * `.NAME.MARK.part` while something is written that will be called NAME, and `.NAME.MARK.old` for the folder NAME while
 * another takes its place.
 */
import { existsSync, readdirSync, renameSync, statSync } from "node:fs";
import { rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { MARK_PATTERN, newMark, processOf } from "./process-mark.js";

const LEFTOVER = new RegExp(`^\\.(.*)\\.(${MARK_PATTERN})\\.(part|old)$`);
/** No system takes longer names, in bytes; a mark and an ending take up to 80. */
const MOST_NAME_BYTES = 160;
/** A process of another machine that has written nothing for so long writes no more. */
const ABANDONED_MS = 24 * 60 * 60 * 1000;

/** A name for what is written beside `path` before it is called so. */
export function partName(path: string): string {
  const name = Buffer.from(basename(path)).subarray(0, MOST_NAME_BYTES).toString();
  return join(dirname(path), `.${name}.${newMark()}.part`);
}

/** A name for the folder at `path` while another takes its place. */
export const oldName = (path: string): string => join(dirname(path), `.${basename(path)}.${newMark()}.old`);

interface Leftover {
  readonly path: string;
  /** What it was to be called, or was. */
  readonly name: string;
  readonly kind: "part" | "old";
}

function isAbandoned(path: string, mark: string): boolean {
  const { state } = processOf(mark);
  if (state !== "elsewhere") return state === "ended";
  try {
    return Date.now() - statSync(path).mtimeMs > ABANDONED_MS;
  } catch {
    return false; // gone by now, or in a folder that may not be looked into
  }
}

function leftoversIn(folder: string): Leftover[] {
  let entries: string[];
  try {
    entries = readdirSync(folder);
  } catch {
    return []; // no folder, or one that may not be read: nothing to clear
  }
  return entries.flatMap((entry) => {
    const [, name, mark, kind] = LEFTOVER.exec(entry) ?? [];
    const path = join(folder, entry);
    return mark !== undefined && isAbandoned(path, mark) ? [{ path, name: name!, kind: kind as "part" | "old" }] : [];
  });
}

/** Gives folders their names back that were moved aside when the process that was to replace them was killed. */
export function recoverFolders(folder: string): void {
  for (const { path, name, kind } of leftoversIn(folder)) {
    if (kind !== "old" || existsSync(join(folder, name))) continue;
    try {
      renameSync(path, join(folder, name));
    } catch {
      // Another process was faster, or this one may not write here: then what looks for the folder says that it is
      // missing.
    }
  }
}

/**
 * Removes what killed processes left in a folder; folders that were moved aside and not replaced get their names back.
 */
export async function clearLeftovers(folder: string): Promise<void> {
  recoverFolders(folder);
  for (const { path, name, kind } of leftoversIn(folder)) {
    if (kind === "old" && !existsSync(join(folder, name))) continue; // the only copy there is
    await rm(path, { recursive: true, force: true }).catch(() => {}); // tried again by the next process
  }
}
