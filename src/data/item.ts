/** @file What a data set consists of, whatever its layout: things a patch can be drawn from. Paths are relative to the data set. */

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

/** What a layout made of a listing. */
export interface FoundItems {
  readonly items: readonly DataItem[];
  /** What does not fit, each with its file and the reason: a photo without its partner, a line that names no file. */
  readonly problems: readonly string[];
}
