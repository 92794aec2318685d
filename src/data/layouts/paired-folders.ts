/** @file Pairs in sibling folders, for the layouts `gopro` and `pairs`. */
import type { DataItem, FoundItems } from "../item.js";
import { imagesByStem, type Listing, splitPath } from "./listing.js";

export interface SiblingFolders {
  /** Folder names of sharp photos; the first one present is used. */
  readonly sharp: readonly string[];
  /** Folder names of blurry photos, preferred first. */
  readonly blurry: readonly string[];
}

/** Pairs each image in GROUP/SHARP/ with the image of the same name in GROUP/BLURRY/. */
export function pairSiblings(listing: Listing, { sharp, blurry }: SiblingFolders): FoundItems {
  const byStem = imagesByStem(listing);
  const items: DataItem[] = [];
  const problems: string[] = [];
  const claimed = new Set<string>();
  for (const [key, path] of byStem) {
    const [folder, stem] = splitPath(path);
    const [group, last] = splitLast(folder);
    if (!sharp.includes(last)) continue;
    const partner = blurry
      .map((name) => byStem.get([...group, name, stem].join("/")))
      .find((found) => found !== undefined);
    if (!partner) {
      problems.push(
        `${path}: no blurry partner ${[...group, blurry.length > 1 ? `{${blurry.join(",")}}` : blurry[0], stem].join("/")}`,
      );
      continue;
    }
    claimed.add(partner);
    items.push({
      kind: "pair",
      name: key.replace(`/${last}/`, "/").replace(`${last}/`, ""),
      blurry: partner,
      sharp: path,
    });
  }
  for (const path of byStem.values()) {
    const [folder, stem] = splitPath(path);
    const [group, last] = splitLast(folder);
    if (!blurry.includes(last) || claimed.has(path)) continue;
    if (!sharp.some((name) => byStem.has([...group, name, stem].join("/"))))
      problems.push(`${path}: no sharp partner ${[...group, sharp[0], stem].join("/")}`);
  }
  return { items, problems };
}

const splitLast = (folder: string): readonly [group: readonly string[], last: string] => {
  const parts = folder.split("/").filter((part) => part !== "");
  return [parts.slice(0, -1), parts.at(-1) ?? ""];
};
