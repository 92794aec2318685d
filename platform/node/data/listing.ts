/** @file Lists folders on the disk for the layouts. */
import { statSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join, sep } from "node:path";
import { UnblurError } from "../../../src/base/errors.js";
import type { Listing } from "../../../src/data/layouts/listing.js";

/** Names of files with lists of pairs, which are small; a larger file is no list. */
const LIST_FILE = /list.*\.txt$/i;

/** Throws `data` for pipes, sockets and devices: reading them may wait for a writer or never end. */
function refuseSpecialFiles(folder: string, files: readonly string[]): void {
  for (const name of files) {
    const info = statSync(join(folder, name), { throwIfNoEntry: false });
    if (info && !info.isFile() && !info.isDirectory())
      throw new UnblurError(
        "data",
        `${folder}: expected files with photos, but "${name}" is a pipe, a socket or a device; remove it`,
      );
  }
}

/** All files below a folder. Throws `data` if there is no such folder, and if one of them is a pipe or a device. */
export async function listFolder(folder: string): Promise<Listing> {
  let names: string[];
  try {
    names = await readdir(folder, { recursive: true });
  } catch (cause) {
    throw new UnblurError(
      "data",
      `${folder}: expected a folder with photos (${String(cause)}); check --data and the paths in the config`,
      { cause },
    );
  }
  const files = names.map((name) => name.split(sep).join("/")).sort();
  refuseSpecialFiles(folder, files);
  const lists = files.filter((name) => LIST_FILE.test(name));
  const texts = await Promise.all(
    lists.map(async (name) => [name, await readFile(join(folder, name), "utf8")] as const),
  );
  return { files, texts: new Map(texts) };
}
