/** @file Finds the photos that file and folder names refer to. Folders are searched recursively. */
import { readdirSync, realpathSync, statSync } from "node:fs";
import { basename, dirname, extname, join, resolve, sep } from "node:path";
import { UnblurError } from "../../../src/base/errors.js";
import { formatFromPath, isHeicPath, isRawPath, rawAdvice, rawsCalled } from "../../../src/images/photo.js";
import { isFolder } from "../files/check-folder.js";
import { isNotUtf8, NOT_UTF8 } from "./input-bytes.js";

export interface FoundPhoto {
  readonly path: string;
  /** Its folder relative to the named folder; "" for a file that was named itself. */
  readonly below: string;
}

/** An input that cannot be restored, with the reason. */
export interface RefusedInput {
  readonly input: string;
  readonly error: UnblurError;
}

/** An input that is skipped without being an error: unblur wrote it, it was named before, or its outputs exist. */
export interface SkippedInput {
  readonly input: string;
  readonly why: "made by unblur" | "named twice" | "has its outputs";
}

export interface FoundPhotos {
  readonly photos: readonly FoundPhoto[];
  readonly skipped: readonly SkippedInput[];
  readonly refused: readonly RefusedInput[];
  /** Number of other files in the folders by their ending, such as ".txt". */
  readonly others: ReadonlyMap<string, number>;
}

/** Names of unblur's outputs: NAME.unblurred.EXT, and those of samples, their summary and a check. */
const OWN_OUTPUT = /\.unblurred(\.(\d+|mean|uncertainty|samples|kernels))?\.[^./\\]+$/i;
export const isOwnOutput = (name: string): boolean => OWN_OUTPUT.test(name);

const READ_FAILURES: Readonly<Record<string, string>> = {
  EACCES: "is not readable; check its permissions",
  ENOENT: "is gone; check the path",
};

const byName = (a: { readonly name: string }, b: { readonly name: string }): number =>
  a.name < b.name ? -1 : a.name > b.name ? 1 : 0;

const isFile = (path: string): boolean => {
  try {
    return statSync(path).isFile();
  } catch {
    return false; // a dangling link
  }
};

const realPath = (path: string): string => {
  try {
    return realpathSync(path);
  } catch {
    return resolve(path);
  }
};

/**
 * Finds pictures by the endings of their names, sorted by name. Hidden files and folders, links to folders, and the
 * folder `out` are left out. With several folders, `below` begins with the folder's name, so that their files do not
 * mix. A file that is named itself is used whatever its name, except for outputs of unblur among several inputs,
 * because `*.jpg` matches those too.
 */
export function findPhotos(
  inputs: readonly string[],
  { out }: { readonly out?: string | undefined } = {},
): FoundPhotos {
  const photos: FoundPhoto[] = [];
  const skipped: SkippedInput[] = [];
  const refused: RefusedInput[] = [];
  const others = new Map<string, number>();
  const seen = new Set<string>();
  /** Camera raw files in the folder that is searched. */
  let raws = 0;
  const outFolder = out === undefined ? undefined : realPath(out);

  const take = (path: string, below: string, passOwn: boolean): void => {
    const file = realPath(path);
    if (passOwn && isOwnOutput(basename(path))) skipped.push({ input: path, why: "made by unblur" });
    else if (seen.has(file)) skipped.push({ input: path, why: "named twice" });
    else {
      seen.add(file);
      photos.push({ path, below });
    }
  };

  /** Searches a folder; returns the number of pictures. */
  const search = (folder: string, below: string): number => {
    let entries: ReturnType<typeof readFolder>;
    try {
      entries = readFolder(folder);
    } catch (cause) {
      const code = (cause as NodeJS.ErrnoException).code ?? "";
      const known = code === "ENOENT" && isNotUtf8(folder) ? NOT_UTF8 : READ_FAILURES[code];
      const why = known ?? `cannot be read (${String(cause)})`;
      refused.push({ input: folder, error: new UnblurError("file", `${folder}: the folder ${why}`, { cause }) });
      return 1; // already reported
    }
    let found = 0;
    for (const entry of entries.filter(({ name }) => !name.startsWith(".")).sort(byName)) {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) {
        if (outFolder === undefined || realPath(path) !== outFolder) found += search(path, join(below, entry.name));
      } else if (!isFile(path)) continue;
      else if (formatFromPath(path) || isHeicPath(path)) {
        take(path, below, true);
        found++;
      } else {
        const ending = extname(path).toLowerCase();
        others.set(ending, (others.get(ending) ?? 0) + 1);
        if (isRawPath(path)) raws++;
      }
    }
    return found;
  };

  const folders = inputs.filter(isFolder);
  for (const input of inputs) {
    raws = 0;
    if (!folders.includes(input)) take(input, "", inputs.length > 1);
    else if (search(input, folders.length > 1 ? nameOf(input) : "") === 0) {
      const found = raws > 0 ? `none but ${rawsCalled(raws)}; ${rawAdvice(raws)}` : "none; check the path";
      refused.push({
        input,
        error: new UnblurError(
          "file",
          `${input}: expected a folder with PNG, JPEG, WebP, AVIF, TIFF or HEIC pictures, found ${found}`,
        ),
      });
    }
  }
  return { photos, skipped, refused, others };
}

const readFolder = (folder: string) => readdirSync(folder, { withFileTypes: true });

/** The name of a folder, also of "." and "a/.."; empty for the root of a disk. */
const nameOf = (folder: string): string => {
  const path = resolve(folder);
  return dirname(path) === path || path.endsWith(sep) ? "" : basename(path);
};
