/** @file Reads whole pairs of a data set one after the other, for evaluation. */
import { join } from "node:path";
import { UnblurError } from "../../../src/base/errors.js";
import { type BlurKind, findItems, type LayoutName } from "../../../src/data/layouts/catalog.js";
import type { Raster } from "../../../src/images/image.js";
import { readRgb } from "../photos/image-file.js";
import { listFolder } from "./listing.js";

export interface PairOptions {
  /** Layout of the folder; detected when left out. */
  readonly layout?: LayoutName | undefined;
  readonly blurKind?: BlurKind | undefined;
  /** Number of pairs, evenly spaced in the folder; by default all. */
  readonly pictures?: number | undefined;
  /** The sharp picture has so many times the blurry one's width and height (1). */
  readonly scale?: number | undefined;
  readonly onBadFile?: "skip" | "refuse";
  /** Called for each skipped pair. */
  readonly onProblem?: ((problem: string) => void) | undefined;
}

export interface ImagePair {
  readonly name: string;
  /** RGB bytes; the sharp picture is `scale` times as wide and high. */
  readonly blurry: Raster;
  readonly sharp: Raster;
}

/** Indices of the given number of pictures out of `count`, evenly spaced; null or too many: all. */
export function evenlySpaced(count: number, pictures: number | null): number[] {
  if (pictures === null || pictures >= count) return Array.from({ length: count }, (_, i) => i);
  return Array.from({ length: pictures }, (_, i) => Math.floor(((i + 0.5) * count) / pictures));
}

/** The pairs of a folder and their number; nothing is decoded yet. Throws `data` if there are none. */
export async function openPairs(
  folder: string,
  { layout, blurKind = "either", pictures, scale = 1, onBadFile = "refuse", onProblem }: PairOptions = {},
): Promise<{ readonly count: number; pairs(): AsyncGenerator<ImagePair, void, void> }> {
  const found = findItems(await listFolder(folder), layout ?? null, { blurKind, exclude: [] }, folder);
  const problem = (message: string) => {
    if (onBadFile === "refuse") throw new UnblurError("data", `${folder}: ${message}`);
    onProblem?.(`${folder}: ${message}`);
  };
  found.problems.forEach(problem);
  const all = found.items.flatMap((item) => (item.kind === "pair" ? [item] : []));
  const items = evenlySpaced(all.length, pictures ?? null).map((i) => all[i]!);
  if (items.length === 0)
    throw new UnblurError(
      "data",
      `${folder}: expected pairs of blurry and sharp photos, got the layout ${found.layout}`,
    );
  async function* pairs(): AsyncGenerator<ImagePair, void, void> {
    for (const { name, blurry, sharp } of items) {
      try {
        const [y, x0] = await Promise.all([readRgb(join(folder, blurry)), readRgb(join(folder, sharp))]);
        if (scale * y.width === x0.width && scale * y.height === x0.height) {
          yield { name, blurry: y, sharp: x0 };
          continue;
        }
        problem(
          `${blurry} is ${y.width}x${y.height}, its partner ${x0.width}x${x0.height}${scale > 1 ? `; the model enlarges by ${scale}` : ""}`,
        );
      } catch (error) {
        if (!(error instanceof UnblurError) || onBadFile === "refuse") throw error;
        onProblem?.(error.message);
      }
    }
  }
  return { count: items.length, pairs };
}
