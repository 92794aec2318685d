/** @file Input of a layout: the files below a folder, by relative path with forward slashes. */

export interface Listing {
  /** Sorted. */
  readonly files: readonly string[];
  /** Text files (lists of pairs), by path. */
  readonly texts: ReadonlyMap<string, string>;
}

const IMAGE = /\.(png|jpe?g|webp|avif|tiff?)$/i;
export const isImage = (path: string): boolean => IMAGE.test(path);

/** "a/b/000001.png" -> ["a/b", "000001"]: folder and name without extension. */
export function splitPath(path: string): readonly [folder: string, stem: string] {
  const slash = path.lastIndexOf("/");
  const name = path.slice(slash + 1);
  return [path.slice(0, Math.max(slash, 0)), name.replace(/\.[^.]*$/, "")];
}

/** Images by "folder/stem", so that partners may have different formats. */
export function imagesByStem(listing: Listing): ReadonlyMap<string, string> {
  return new Map(listing.files.filter(isImage).map((path) => [splitPath(path).join("/"), path]));
}
