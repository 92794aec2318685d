/**
 * @file The folder that all machines share. A job names files by references: paths below the store, with slashes. No
 * reference leads outside, neither by `..` nor through symbolic links.
 */
import { randomUUID } from "node:crypto";
import { readFile, readlink, realpath } from "node:fs/promises";
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { NameTakenError, writeFileAtomically } from "../../platform/node/files/atomic-file.js";
import { isFolder } from "../../platform/node/files/check-folder.js";
import { UnblurError } from "../../src/base/errors.js";

/**
 * Marker file that shows whether two machines share the folder: with an empty mount point all photos would seem to be
 * missing.
 */
const MARKER = ".unblur-store";
const ID = /^[0-9a-f-]{36}$/;

const missing = (error: unknown): boolean =>
  ["ENOENT", "ENOTDIR"].includes((error as NodeJS.ErrnoException).code ?? "");

/** Returns `path` without symbolic links. If it does not exist yet, its nearest existing parent is resolved. */
async function resolvedPath(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    const above = dirname(path);
    if (!missing(error) || above === path) throw error;
    const target = await readlink(path).catch(() => null); // a link that leads to nothing as yet
    if (target !== null) return resolvedPath(resolve(above, target));
    return join(await resolvedPath(above), basename(path));
  }
}

const isBelow = (path: string, folder: string): boolean => {
  const below = relative(folder, path);
  return below !== "" && below !== ".." && !below.startsWith(`..${sep}`) && !isAbsolute(below);
};

/** Waiting for the content of an id that another machine has made. */
const [ID_TRIES, ID_PAUSE_MS] = [20, 100];

export class Store {
  private constructor(
    /** Path without symbolic links. */
    readonly root: string,
    /** Path as given on this machine's command line, for messages. */
    private readonly given: string,
  ) {}

  /** Throws `file` if the folder does not exist. */
  static async open(folder: string): Promise<Store> {
    if (!isFolder(folder))
      throw new UnblurError(
        "file",
        `--store ${folder}: expected a folder that is there, got none; mount or make it first`,
      );
    return new Store(await realpath(folder), folder);
  }

  /** The store's id, or null if nothing has been queued with it yet. */
  async id(): Promise<string | null> {
    const text = await readFile(join(this.root, MARKER), "utf8").catch(() => "");
    return ID.test(text.trim()) ? text.trim() : null;
  }

  /** The store's id, created if it has none. Throws `file` if the store is not writable. */
  async makeId(): Promise<string> {
    const path = join(this.root, MARKER);
    const known = await this.id();
    if (known !== null) return known;
    try {
      await writeFileAtomically(path, new TextEncoder().encode(`${randomUUID()}\n`), { replace: false });
    } catch (cause) {
      if (!(cause instanceof NameTakenError))
        throw new UnblurError(
          "file",
          `--store ${this.given}: it cannot be written to (${String(cause)}); check its permissions`,
          { cause },
        );
    }
    // Another machine may have made the file a moment ago, and not every file system shows its content at once.
    for (let tries = 0; tries < ID_TRIES; tries++) {
      const made = await this.id();
      if (made !== null) return made;
      await wait(ID_PAUSE_MS);
    }
    throw new UnblurError("file", `${path}: expected a store's id, got something else; remove the file`);
  }

  /**
   * Returns the reference of an existing or future file or folder below the store. Throws `argument` for one outside.
   */
  async reference(path: string): Promise<string> {
    const folder = await resolvedPath(dirname(resolve(path)));
    const below = relative(this.root, join(folder, basename(resolve(path))));
    const reference = below.split(sep).join("/");
    if (!isBelow(join(this.root, below), this.root) || (await this.#leadsOut(join(this.root, below))))
      throw new UnblurError(
        "argument",
        `${path}: expected a path below the store ${this.given}, which other machines see, got one that leads out of it`,
      );
    return reference;
  }

  async #leadsOut(path: string): Promise<boolean> {
    return !isBelow(await resolvedPath(path), this.root);
  }

  /** Returns the path of a reference on this machine. Throws `argument` for a reference that leads out of the store. */
  async path(reference: string): Promise<string> {
    const parts = reference.split("/");
    const isPlain = (part: string) =>
      !["", ".", ".."].includes(part) && !part.includes("\0") && (sep === "/" || !part.includes(sep));
    const path = join(this.root, ...parts);
    if (!parts.every(isPlain) || !isBelow(path, this.root) || (await this.#leadsOut(path)))
      throw new UnblurError(
        "argument",
        `${JSON.stringify(reference)}: expected a path below the store, got one that leads out of it`,
      );
    return path;
  }
}
