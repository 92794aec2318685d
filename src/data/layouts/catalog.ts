/** @file Catalog of data set layouts: options, recognition, and the items that each finds. */
import * as z from "zod";
import { UnblurError } from "../../base/errors.js";
import type { DataItem, FoundItems } from "../item.js";
import { isImage, type Listing, splitPath } from "./listing.js";
import { pairSiblings } from "./paired-folders.js";

export const BLUR_KINDS = ["blur", "blur_gamma", "either"] as const;
export type BlurKind = (typeof BLUR_KINDS)[number];

export interface LayoutOptions {
  /** GoPro only: `blur` averages encoded frames, `blur_gamma` light; "either" prefers blur_gamma. */
  readonly blurKind: BlurKind;
  /** Patterns with `*` of files to leave out, matched with the relative path and the bare name. */
  readonly exclude: readonly string[];
}

interface Layout {
  readonly summary: string;
  /** Files that the layout looks for, for the error if nothing fits. */
  readonly lookedFor: string;
  readonly find: (listing: Listing, options: LayoutOptions) => FoundItems;
}

const GOPRO_FOLDERS = {
  blur: ["blur"],
  blur_gamma: ["blur_gamma"],
  either: ["blur_gamma", "blur"],
} as const satisfies Record<BlurKind, readonly string[]>;

/** Lines "sharp blurry ..." as in RealBlur's lists; paths are relative to the root. */
function pairsOfLists({ files, texts }: Listing): FoundItems {
  const known = new Set(files);
  const items: DataItem[] = [];
  const problems: string[] = [];
  for (const [list, text] of texts) {
    for (const [i, line] of text.split(/\r?\n/).entries()) {
      const [sharp, blurry] = line.trim().split(/\s+/);
      if (!sharp || !blurry || !isImage(sharp) || !isImage(blurry)) continue;
      const missing = [sharp, blurry].filter((path) => !known.has(path));
      if (missing.length > 0) problems.push(`${list}:${i + 1}: no such file ${missing.join(" and ")}`);
      else items.push({ kind: "pair", name: splitPath(blurry).join("/"), blurry, sharp });
    }
  }
  return { items, problems };
}

function framesOfFolders({ files }: Listing): FoundItems {
  const folders = new Map<string, string[]>();
  for (const path of files.filter(isImage)) {
    const [folder] = splitPath(path);
    folders.set(folder, [...(folders.get(folder) ?? []), path]);
  }
  return {
    items: [...folders].map(([name, frames]) => ({ kind: "frames", name: name || "frames", frames })),
    problems: [],
  };
}

const LAYOUTS = {
  gopro: {
    summary: "GoPro: {train,test,validation}/SEQUENCE/{blur,blur_gamma,sharp}/NNNNNN.png",
    lookedFor: "SEQUENCE/sharp/ beside SEQUENCE/blur/ or SEQUENCE/blur_gamma/",
    find: (listing, { blurKind }) => pairSiblings(listing, { sharp: ["sharp"], blurry: GOPRO_FOLDERS[blurKind] }),
  },
  realblur: {
    summary: "RealBlur: list files (*list*.txt) with lines `sharp blurry`",
    lookedFor: "a *list*.txt file with lines `sharp.png blurry.png`",
    find: pairsOfLists,
  },
  pairs: {
    summary: "plain pairs: blur/ and sharp/ (or input/ and target/) with files of the same names",
    lookedFor: "blur/ beside sharp/, or input/ beside target/",
    find: (listing) => pairSiblings(listing, { sharp: ["sharp", "target"], blurry: ["blur", "blurry", "input"] }),
  },
  photos: {
    summary: "sharp photos in any folders; they are blurred when drawn",
    lookedFor: "any image",
    find: ({ files }) => ({
      items: files.filter(isImage).map((sharp) => ({ kind: "photo", name: splitPath(sharp).join("/"), sharp })),
      problems: [],
    }),
  },
  frames: {
    summary: "folders of consecutive sharp frames; they are averaged when drawn",
    lookedFor: "folders of images",
    find: framesOfFolders,
  },
} as const satisfies Record<string, Layout>;

export type LayoutName = keyof typeof LAYOUTS;
const LAYOUT_NAMES = Object.keys(LAYOUTS) as [LayoutName, ...LayoutName[]];
export const layoutNameSchema = z.enum(LAYOUT_NAMES);

/**
 * Layouts that can be recognised, in the order they are tried. Photos and frames fit anything, so they must be named.
 */
const RECOGNISED = ["gopro", "realblur", "pairs"] as const satisfies readonly LayoutName[];

const matches = (pattern: string, path: string): boolean => {
  const expression = new RegExp(`^${pattern.replace(/[.+?^${}()|[\]\\]/g, "\\$&").replaceAll("*", ".*")}$`);
  return expression.test(path) || expression.test(path.slice(path.lastIndexOf("/") + 1));
};

/**
 * Items of a data set in the named layout, or if `layout` is null in a recognised one. `where` names the folder in
 * errors.
 */
export function findItems(
  listing: Listing,
  layout: LayoutName | null,
  options: LayoutOptions,
  where: string,
): FoundItems & { readonly layout: LayoutName } {
  const kept: Listing = {
    ...listing,
    files: listing.files.filter((path) => !options.exclude.some((pattern) => matches(pattern, path))),
  };
  for (const name of layout ? [layout] : RECOGNISED) {
    const found = LAYOUTS[name].find(kept, options);
    if (found.items.length > 0) return { ...found, layout: name };
  }
  const tried = (layout ? [layout] : RECOGNISED).map((name) => `${LAYOUTS[name].lookedFor} (${name})`).join(", or ");
  throw new UnblurError(
    "data",
    `${where}: expected ${tried}, found none among its ${kept.files.length} files; name another folder or layout`,
  );
}
