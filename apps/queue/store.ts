/**
 * @file The folder that all machines see. A job names files by references: paths below the store, with slashes. None
 * of them leads out of it, neither by `..` nor through symbolic links.
 */
import { randomUUID } from "node:crypto";
import { readFile, readlink, realpath, writeFile } from "node:fs/promises";
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from "node:path";
import { isFolder } from "../../platform/node/files/check-folder.js";
import { UnblurError } from "../../src/base/errors.js";

/** Tells whether two machines see the same folder: an empty mount point would look like vanished photos. */
const MARKER = ".unblur-store";
const ID = /^[0-9a-f-]{36}$/;

const missing = (error: unknown): boolean =>
  ["ENOENT", "ENOTDIR"].includes((error as NodeJS.ErrnoException).code ?? "");

/** Where a path leads, also of a file or folder that is not there yet: through the nearest one above it that is. */
async function whereLeads(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    const above = dirname(path);
    if (!missing(error) || above === path) throw error;
    const target = await readlink(path).catch(() => null); // a link that leads to nothing as yet
    if (target !== null) return whereLeads(resolve(above, target));
    return join(await whereLeads(above), basename(path));
  }
}

const isBelow = (path: string, folder: string): boolean => {
  const way = relative(folder, path);
  return way !== "" && way !== ".." && !way.startsWith(`..${sep}`) && !isAbsolute(way);
};

export class Store {
  private constructor(
    /** Without symbolic links. */
    readonly root: string,
    /** Of this machine's command line, for messages. */
    private readonly given: string,
  ) {}

  /** Throws `file` where there is no such folder. */
  static async open(folder: string): Promise<Store> {
    if (!isFolder(folder))
      throw new UnblurError(
        "file",
        `--store ${folder}: expected a folder that is there, got none; mount or make it first`,
      );
    return new Store(await realpath(folder), folder);
  }

  /** Its id, or null where nobody has handed out work with it yet. */
  async id(): Promise<string | null> {
    const text = await readFile(join(this.root, MARKER), "utf8").catch(() => "");
    return ID.test(text.trim()) ? text.trim() : null;
  }

  /** Its id, made where it has none. Throws `file` where it cannot be written to. */
  async makeId(): Promise<string> {
    const path = join(this.root, MARKER);
    const known = await this.id();
    if (known !== null) return known;
    try {
      await writeFile(path, `${randomUUID()}\n`, { flag: "wx" });
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code !== "EEXIST")
        throw new UnblurError(
          "file",
          `--store ${this.given}: cannot be written to (${String(cause)}); check its permissions`,
          { cause },
        );
    }
    const made = await this.id();
    if (made === null)
      throw new UnblurError("file", `${path}: expected a store's id, got something else; remove the file`);
    return made;
  }

  /** The reference of a file or folder that is, or is to be, below the store. Throws `argument` for one outside. */
  async reference(path: string): Promise<string> {
    const folder = await whereLeads(dirname(resolve(path)));
    const way = relative(this.root, join(folder, basename(resolve(path))));
    const reference = way.split(sep).join("/");
    if (!isBelow(join(this.root, way), this.root) || (await this.#leadsOut(join(this.root, way))))
      throw new UnblurError(
        "argument",
        `${path}: expected a path below the store ${this.given}, which other machines see, got one that leads out of it`,
      );
    return reference;
  }

  async #leadsOut(path: string): Promise<boolean> {
    return !isBelow(await whereLeads(path), this.root);
  }

  /** The path of a reference on this machine. Throws `argument` for a reference that leads out of the store. */
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
