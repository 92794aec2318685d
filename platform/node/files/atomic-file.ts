/** @file Atomic writes of one file or of several together. */
import { link, lstat, mkdir, open, rename, rmdir, unlink } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { UnblurError } from "../../../src/base/errors.js";
import { clearLeftovers, partName } from "./leftovers.js";

export interface WriteOptions {
  /** Replace an existing file (the default); else it is an error, even if it is created during the write. */
  readonly replace?: boolean;
  /** Create missing folders; by default they are an error. */
  readonly makeFolders?: boolean;
}

/** Syncs a folder, so that renames in it survive a power cut. Ignored on systems that cannot do so. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, "r").catch(() => null);
  await handle?.sync().catch(() => {});
  await handle?.close();
}

/** Folders in which this process has removed the leftovers of killed processes. */
const cleared = new Set<string>();

async function clearOnce(folder: string): Promise<void> {
  const path = resolve(folder);
  if (cleared.has(path)) return;
  cleared.add(path);
  await clearLeftovers(path);
}

/** The intended name of a file is taken. */
export class NameTakenError extends UnblurError {
  constructor(path: string) {
    super("file", `${path}: it already exists; overwrite it with --force or choose another --out`);
  }
}

/**
 * Throws `file` if a file could not get its name: it is too long for the disk, belongs to a folder, or belongs to a
 * file that may not be replaced (NameTakenError). A symbolic link counts as a file, even if it is dangling.
 */
export async function checkNames(paths: readonly string[], { replace = true }: WriteOptions = {}): Promise<void> {
  for (const path of paths) {
    const info = await lstat(path).catch((cause: unknown) => {
      if (errnoOf(cause) === "ENAMETOOLONG") throw notWritten(path, cause);
      return null;
    });
    if (info?.isDirectory()) throw new UnblurError("file", `${path}: it is a folder; choose another name for the file`);
    if (info && !replace) throw new NameTakenError(path);
  }
}

/** Gives a temporary file its final name. Throws EEXIST if the name is taken. */
async function nameWithoutReplacing(temporary: string, path: string): Promise<void> {
  try {
    await link(temporary, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") throw error;
    // A file system without hard links: an empty file reserves the name, which fails if it is taken, and is then
    // replaced. A kill between the two would leave it empty; checking without reserving could replace another process's
    // file.
    await (await open(path, "wx")).close();
    await rename(temporary, path).catch(async (cause: unknown) => {
      await unlink(path);
      throw cause;
    });
    return;
  }
  await unlink(temporary);
}

const errnoOf = (cause: unknown): string => (cause as NodeJS.ErrnoException | null)?.code ?? "";

/** Reasons why a file could not be written, by the system's code, with the remedy. */
const REASONS: Readonly<Record<string, string>> = {
  ENOSPC: "the disk is full; free some space",
  EDQUOT: "the disk quota is used up; free some space",
  EROFS: "the disk is read-only; choose another folder",
  EACCES: "the folder is not writable; check its permissions or choose another",
  EPERM: "the folder is not writable; check its permissions or choose another",
  ENOENT: "the folder does not exist; create it first",
  ENOTDIR: "its path leads through a file; choose another folder",
  ERR_FS_CP_DIR_TO_NON_DIR: "a file has the name of one of its folders; choose another folder",
  ERR_FS_CP_NON_DIR_TO_DIR: "a folder has the name of one of its files; choose another folder",
  ERR_FS_CP_EINVAL: "it is, or contains, the folder that is copied; choose another folder",
  EISDIR: "a folder has its name; choose another",
  ERR_INVALID_ARG_VALUE: "its name has a character with the code 0; choose another",
  ENAMETOOLONG: "the name is too long; choose a shorter one",
};

/** The error for a path that could not be written. */
export const notWritten = (path: string, cause: unknown): UnblurError =>
  new UnblurError("file", `${path}: it could not be written: ${REASONS[errnoOf(cause)] ?? String(cause)}`, { cause });

interface Staged {
  readonly path: string;
  readonly temporary: string;
}

/**
 * Files that get their names together. Each is written to a temporary file in its own folder and synced to the disk;
 * `commit` then names them all. Until then a full disk, an error or a kill leaves nothing under any of the names.
 * Dispose it (`await using`) to remove unnamed files and the folders created for them.
 */
export class StagedFiles implements AsyncDisposable {
  readonly #replace: boolean;
  readonly #makeFolders: boolean;
  #staged: Staged[] = [];
  /** The topmost folder that each `mkdir` created, and the folder that it was called for. */
  #made: { readonly top: string; readonly folder: string }[] = [];

  constructor({ replace = true, makeFolders = false }: WriteOptions = {}) {
    this.#replace = replace;
    this.#makeFolders = makeFolders;
  }

  /** Writes a file, given whole or in parts. Throws `file`. */
  async write(path: string, bytes: Uint8Array | readonly Uint8Array[]): Promise<void> {
    await checkNames([path], { replace: this.#replace });
    const temporary = partName(path);
    try {
      if (this.#makeFolders) await this.#makeFolder(dirname(path));
      await clearOnce(dirname(path));
      const file = await open(temporary, "wx");
      this.#staged.push({ path, temporary });
      try {
        for (const part of bytes instanceof Uint8Array ? [bytes] : bytes) await file.writeFile(part);
        await file.sync();
      } finally {
        await file.close();
      }
    } catch (cause) {
      throw notWritten(path, cause);
    }
  }

  /**
   * Names all files. If one cannot be named, the files named before it lose their names again, unless they replaced
   * others. Throws `file`.
   */
  async commit(): Promise<void> {
    const named: string[] = [];
    for (const { path, temporary } of this.#staged) {
      try {
        if (this.#replace) await rename(temporary, path);
        else await nameWithoutReplacing(temporary, path);
        named.push(path);
      } catch (cause) {
        if (!this.#replace) for (const other of named) await unlink(other).catch(() => {});
        throw errnoOf(cause) === "EEXIST" ? new NameTakenError(path) : notWritten(path, cause);
      }
    }
    this.#made = [];
    this.#staged = [];
    for (const folder of new Set(named.map((path) => dirname(path)))) await syncFolder(folder);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // An error here must not hide the original one; the next process that writes to the folder removes the rest.
    for (const { temporary } of this.#staged) await unlink(temporary).catch(() => {});
    for (const { top, folder } of this.#made.reverse()) await removeEmpty(folder, top);
    [this.#staged, this.#made] = [[], []];
  }

  async #makeFolder(folder: string): Promise<void> {
    const top = await mkdir(folder, { recursive: true });
    if (top !== undefined) this.#made.push({ top: resolve(top), folder: resolve(folder) });
  }
}

/** Removes empty folders from `folder` up to `top`. */
async function removeEmpty(folder: string, top: string): Promise<void> {
  for (let path = folder; path.length >= top.length; path = dirname(path))
    if (
      !(await rmdir(path).then(
        () => true,
        () => false,
      ))
    )
      return;
}

/**
 * Writes to a temporary file in the same folder, syncs it to the disk and names it. A reader, a crash or a full disk
 * never leaves a part of a file under `path`. `bytes` may come in parts. Throws `file`.
 */
export async function writeFileAtomically(
  path: string,
  bytes: Uint8Array | readonly Uint8Array[],
  options: WriteOptions = {},
): Promise<void> {
  await using files = new StagedFiles(options);
  await files.write(path, bytes);
  await files.commit();
}
