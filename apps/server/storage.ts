/** @file Temporary storage of uploads and results: a folder per server, and in it a folder per job. */
import { randomUUID } from "node:crypto";
import { lstat, mkdir, mkdtemp, readdir, rm, statfs } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { notWritten } from "../../platform/node/files/atomic-file.js";

const PREFIX = "unblur-serve-";

/** Returns whether a process with this id runs on this machine. */
function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** Returns whether the path is a folder of this user and not a link. */
async function isOwn(path: string): Promise<boolean> {
  const found = await lstat(path).catch(() => null);
  return found?.isDirectory() === true && (process.getuid === undefined || found.uid === process.getuid());
}

/**
 * Removes the folders of this user's servers that were killed. A folder that cannot be removed does not prevent the
 * start.
 */
async function removeLeftovers(parent: string): Promise<void> {
  for (const name of await readdir(parent).catch(() => [])) {
    const pid = Number(new RegExp(`^${PREFIX}(\\d+)-`).exec(name)?.[1]);
    const path = join(parent, name);
    if (pid > 0 && !isRunning(pid) && (await isOwn(path)))
      await rm(path, { recursive: true, force: true }).catch(() => {});
  }
}

export interface JobFolder {
  readonly id: string;
  readonly path: string;
  remove(): Promise<void>;
}

const newRoot = (parent: string): Promise<string> => mkdtemp(join(parent, `${PREFIX}${process.pid}-`));

export class Storage {
  #root: string;

  private constructor(
    private readonly parent: string,
    root: string,
  ) {
    this.#root = root;
  }

  /** Throws `file` if `parent` is not writable or no folder. */
  static async open(parent = tmpdir()): Promise<Storage> {
    await removeLeftovers(parent);
    try {
      return new Storage(parent, await newRoot(parent));
    } catch (cause) {
      throw notWritten(parent, cause);
    }
  }

  get root(): string {
    return this.#root;
  }

  /**
   * The root folder, checked and recreated if it is missing: systems clear their temporary folder from time to time,
   * and a new folder of the same name may belong to another user.
   */
  async #checkedRoot(): Promise<string> {
    if (!(await isOwn(this.#root))) this.#root = await newRoot(this.parent);
    return this.#root;
  }

  /** Creates a folder with an unpredictable name, readable by this user alone. */
  async newFolder(): Promise<JobFolder> {
    const id = randomUUID();
    const path = join(await this.#checkedRoot(), id);
    await mkdir(path, { mode: 0o700 });
    return { id, path, remove: () => rm(path, { recursive: true, force: true, maxRetries: 3 }) };
  }

  /** Returns whether the disk has room for a file of `bytes` bytes. */
  async hasRoom(bytes: number): Promise<boolean> {
    try {
      const { bavail, bsize, files, ffree } = await statfs(await this.#checkedRoot());
      return bavail * bsize >= bytes && (files === 0 || ffree > 0); // 0 files: this file system does not count them
    } catch {
      return false;
    }
  }

  close(): Promise<void> {
    return rm(this.#root, { recursive: true, force: true, maxRetries: 3 });
  }
}
