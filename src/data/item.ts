/** @file Items of a data set in any layout, from which patches are drawn. Paths are relative to the data set. */

export type DataItem =
  /** A blurry photo and its sharp partner, of one size. */
  | { readonly kind: "pair"; readonly name: string; readonly blurry: string; readonly sharp: string }
  /** A sharp photo, to be blurred when it is drawn. */
  | { readonly kind: "photo"; readonly name: string; readonly sharp: string }
  /** Consecutive sharp frames, to be averaged when they are drawn. */
  | { readonly kind: "frames"; readonly name: string; readonly frames: readonly string[] };

/** The files an item needs. */
export const filesOf = (item: DataItem): readonly string[] =>
  item.kind === "pair" ? [item.blurry, item.sharp] : item.kind === "photo" ? [item.sharp] : item.frames;

/** The items that a layout finds in a listing. */
export interface FoundItems {
  readonly items: readonly DataItem[];
  /** Files that do not fit, each with the reason: a photo without its partner, a line that names no file. */
  readonly problems: readonly string[];
}
