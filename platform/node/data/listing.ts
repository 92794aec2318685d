/** @file Folders of the disk as listings for layouts. */
import { readdir, readFile } from "node:fs/promises";
import { join, sep } from "node:path";
import { UnblurError } from "../../../src/base/errors.js";
import type { Listing } from "../../../src/data/layouts/listing.js";

/** Lists of pairs are small; anything larger is not one. */
const LIST_FILE = /list.*\.txt$/i;

/** All files below a folder. Throws `data` if there is no such folder. */
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
  const lists = files.filter((name) => LIST_FILE.test(name));
  const texts = await Promise.all(
    lists.map(async (name) => [name, await readFile(join(folder, name), "utf8")] as const),
  );
  return { files, texts: new Map(texts) };
}
