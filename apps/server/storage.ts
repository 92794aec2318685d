/** @file Where uploads and results live while they are needed: a folder for each server, and in it one for each job. */
import { randomUUID } from "node:crypto";
import { mkdir, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

const PREFIX = "unblur-serve-";

/** Whether a process of this machine still has the number. */
function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** What servers that were killed could not remove. */
async function removeLeftovers(parent: string): Promise<void> {
  for (const name of await readdir(parent)) {
    const pid = Number(new RegExp(`^${PREFIX}(\\d+)-`).exec(name)?.[1]);
    if (pid > 0 && !isRunning(pid)) await rm(join(parent, name), { recursive: true, force: true });
  }
}

export interface JobFolder {
  readonly id: string;
  readonly path: string;
  remove(): Promise<void>;
}

export class Storage {
  private constructor(readonly root: string) {}

  static async open(parent = tmpdir()): Promise<Storage> {
    await removeLeftovers(parent);
    return new Storage(await mkdtemp(join(parent, `${PREFIX}${process.pid}-`)));
  }

  /** A new folder with a name nobody can guess, readable by this user alone. */
  async newFolder(): Promise<JobFolder> {
    const id = randomUUID();
    const path = join(this.root, id);
    await mkdir(path, { mode: 0o700 });
    return { id, path, remove: () => rm(path, { recursive: true, force: true, maxRetries: 3 }) };
  }

  close(): Promise<void> {
    return rm(this.root, { recursive: true, force: true, maxRetries: 3 });
  }
}
