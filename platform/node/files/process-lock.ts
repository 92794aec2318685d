/**
 * @file A lock for one process at a time. A process that wants the lock puts an empty file with its mark into the
 * folder,
 * `NAME.MARK.lock`, and has the lock if it then sees no other process's file. A killed process leaves its file behind.
 * Marks are unique, so removing the file of an ended process cannot release another process's lock.
 */
import { randomInt } from "node:crypto";
import { open, readdir, unlink } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { UnblurError } from "../../../src/base/errors.js";
import { notWritten } from "./atomic-file.js";
import { MARK_PATTERN, type MarkedProcess, newMark, processOf } from "./process-mark.js";

/**
 * Number of attempts. Two processes that start at the same time see each other and both withdraw; one of them succeeds
 * at a later try.
 */
const TRIES = 6;
const MAX_PAUSE_MS = 100;

interface Holder extends MarkedProcess {
  readonly file: string;
}

/** Other processes with a file in the folder. Files of ended processes are removed. */
async function othersIn(folder: string, pattern: RegExp, own: string): Promise<Holder[]> {
  const others: Holder[] = [];
  for (const file of await readdir(folder)) {
    const mark = pattern.exec(file)?.[1];
    if (mark === undefined || file === own) continue;
    const holder = processOf(mark);
    if (holder.state === "ended") await unlink(join(folder, file)).catch(() => {});
    else others.push({ ...holder, file });
  }
  return others;
}

const heldBy = (what: string, folder: string, { pid, host, state, file }: Holder): UnblurError =>
  new UnblurError(
    "file",
    state === "running"
      ? `${what} by process ${pid} already; wait for it to end, or stop it`
      : `${what} by process ${pid} on ${host} already; if that no longer runs, delete ${join(folder, file)}`,
  );

/**
 * Locks a folder under a name until the lock is disposed (`await using`) or this process ends in any way. `what` begins
 * the error message: "runs/00001-mine: is being trained". Throws `file` if another process has the lock, or
 * the folder cannot be written to.
 */
export async function lockFolder(folder: string, name: string, what: string): Promise<AsyncDisposable> {
  const pattern = new RegExp(`^${name}\\.(${MARK_PATTERN})\\.lock$`);
  for (let tries = 1; ; tries++) {
    const own = `${name}.${newMark()}.lock`;
    const path = join(folder, own);
    try {
      await (await open(path, "wx")).close();
    } catch (cause) {
      throw notWritten(path, cause);
    }
    const release = () => unlink(path).catch(() => {}); // gone with its folder
    const [other] = await othersIn(folder, pattern, own).catch(async (cause: unknown) => {
      await release();
      throw notWritten(path, cause);
    });
    if (!other) return { [Symbol.asyncDispose]: release };
    await release();
    if (tries === TRIES) throw heldBy(what, folder, other);
    await sleep(randomInt(MAX_PAUSE_MS));
  }
}
