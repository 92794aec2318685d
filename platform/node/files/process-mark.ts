/**
 * @file Process marks in file names: they show which process created a temporary file or a lock, and whether it still
 * runs. A killed process cannot clean up; the next process identifies its leftovers by the mark.
 */
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { hostname } from "node:os";

/** "running", "ended", or "elsewhere": a process of another machine, whose state is unknown. */
export type ProcessState = "running" | "ended" | "elsewhere";

export interface MarkedProcess {
  readonly pid: number;
  readonly host: string;
  readonly state: ProcessState;
}

/** The host name, reduced to characters that are safe in file names. */
const HOST = hostname()
  .replace(/[^A-Za-z0-9-]+/g, "-")
  .slice(0, 40);
const MARK = /^(\d+)-(\d*)-[0-9a-f]{12}@([A-Za-z0-9-]*)$/;

/** Matches every mark, for patterns of names. */
export const MARK_PATTERN = "\\d+-\\d*-[0-9a-f]{12}@[A-Za-z0-9-]*";

/**
 * Start time of a process in clock ticks since the system started; it distinguishes two processes that had the same id.
 * Empty if the system does not report it (outside Linux) or the process has ended; a zombie counts as ended.
 */
function startOf(pid: number): string {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "latin1");
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    return /[ZX]/.test(fields[0]!) ? "" : fields[19]!;
  } catch {
    return "";
  }
}

const OWN_START = startOf(process.pid);

/** Returns a unique mark of this process. */
export const newMark = (): string => `${process.pid}-${OWN_START}-${randomBytes(6).toString("hex")}@${HOST}`;

function runs(pid: number, start: string): boolean {
  if (start !== "") return startOf(pid) === start;
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM"; // another user's process
  }
}

/** The process that a mark belongs to. Throws TypeError for other text. */
export function processOf(mark: string): MarkedProcess {
  const [, pid, start, host] = MARK.exec(mark) ?? [];
  if (pid === undefined) throw new TypeError(`processOf: expected a mark, got "${mark}"`);
  const state = host !== HOST ? "elsewhere" : runs(Number(pid), start!) ? "running" : "ended";
  return { pid: Number(pid), host: host!, state };
}
