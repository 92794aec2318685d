/**
 * @file Walks folders lazily while their photos are queued: it holds the names of one folder in memory, never a whole
 * library. It finds the same photos as `find-photos.ts`; the pictures of a folder precede its subfolders.
 */
import { opendir, stat } from "node:fs/promises";
import { basename, extname, join, resolve } from "node:path";
import { isFolder } from "../../platform/node/files/check-folder.js";
import { type FoundPhoto, isOwnOutput } from "../../platform/node/photos/find-photos.js";
import { UnblurError } from "../../src/base/errors.js";
import { formatFromPath, isHeicPath } from "../../src/images/photo.js";

export type Walked =
  | ({
      readonly type: "photo";
      /** The names of all pictures in its folder. */
      readonly folder: ReadonlySet<string>;
      /** The photos that share its name without the ending, itself among them: their results need names of their own. */
      readonly namesakes: readonly FoundPhoto[];
    } & FoundPhoto)
  | { readonly type: "own output"; readonly path: string }
  | { readonly type: "refused"; readonly path: string; readonly error: UnblurError };

const refused = (path: string, words: string, cause?: unknown): Walked => ({
  ...{ type: "refused", path },
  error: new UnblurError("file", `${path}: ${words}`, { cause }),
});

const stemOf = (path: string): string => basename(path, extname(path));

/** Photos by their names without the endings. */
function byStem(photos: readonly FoundPhoto[]): ReadonlyMap<string, readonly FoundPhoto[]> {
  const stems = new Map<string, FoundPhoto[]>();
  for (const photo of photos) {
    const stem = stemOf(photo.path);
    stems.set(stem, [...(stems.get(stem) ?? []), photo]);
  }
  return stems;
}

/** `out`: a folder to skip. */
export async function* walkPhotos(inputs: readonly string[], out: string | undefined): AsyncGenerator<Walked> {
  const folders = inputs.filter(isFolder);
  const named = byStem(
    [...new Set(inputs)].filter((input) => !folders.includes(input)).map((path) => ({ path, below: "" })),
  );
  for (const input of inputs) {
    if (folders.includes(input)) {
      let any = false;
      for await (const found of walkFolder(input, folders.length > 1 ? basename(resolve(input)) : "", out)) {
        any = true;
        yield found;
      }
      if (!any)
        yield refused(
          input,
          "expected a folder with PNG, JPEG, WebP, AVIF, TIFF or HEIC pictures, found none; check the path",
        );
    } else {
      const namesakes = named.get(stemOf(input))!;
      yield { type: "photo", path: input, below: "", folder: new Set([basename(input)]), namesakes };
    }
  }
}

async function* walkFolder(folder: string, below: string, out: string | undefined): AsyncGenerator<Walked> {
  const pictures: string[] = [];
  const folders: string[] = [];
  try {
    for await (const entry of await opendir(folder)) {
      if (entry.name.startsWith(".")) continue;
      if (entry.isDirectory()) folders.push(entry.name);
      else if (formatFromPath(entry.name) || isHeicPath(entry.name)) pictures.push(entry.name);
    }
  } catch (cause) {
    yield refused(folder, `the folder cannot be read (${String(cause)}); check its permissions`, cause);
    return;
  }
  const names = new Set(pictures.sort());
  const photos = byStem(
    pictures.filter((name) => !isOwnOutput(name)).map((name) => ({ path: join(folder, name), below })),
  );
  for (const name of names) {
    const path = join(folder, name);
    if (isOwnOutput(name)) yield { type: "own output", path };
    else if (await isFile(path))
      yield { type: "photo", path, below, folder: names, namesakes: photos.get(stemOf(name))! };
  }
  for (const name of folders.sort()) {
    const path = join(folder, name);
    if (out === undefined || resolve(path) !== resolve(out)) yield* walkFolder(path, join(below, name), out);
  }
}

const isFile = async (path: string): Promise<boolean> => {
  const found = await stat(path).catch(() => null);
  return found?.isFile() === true;
};
