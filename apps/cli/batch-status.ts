/** @file Messages about a batch of photos: the plan before the work, the remaining time, the summary at the end. */
import type { SkippedInput } from "../../platform/node/photos/find-photos.js";
import type { BatchPlan } from "../../platform/node/photos/plan-batch.js";
import { duration } from "../../src/base/duration.js";
import { isRawPath, rawAdvice, rawsCalled } from "../../src/images/photo.js";

const photos = (count: number): string => `${count} photo${count === 1 ? "" : "s"}`;

const SKIPPED = {
  "made by unblur": "made by unblur",
  "named twice": "named twice",
  "has its outputs": "with existing outputs",
} as const satisfies Record<SkippedInput["why"], string>;

const skippedIn = (skipped: readonly SkippedInput[]): string[] =>
  Object.entries(SKIPPED).flatMap(([why, words]) => {
    const count = skipped.filter((one) => one.why === why).length;
    return count > 0 ? [`${count} ${words}`] : [];
  });

const sumOf = (counts: readonly (readonly [ending: string, files: number])[]): number =>
  counts.reduce((sum, [, files]) => sum + files, 0);

/** "5 .txt, 4 .mov": the most frequent endings. */
function endingsIn(counts: readonly (readonly [ending: string, files: number])[]): string {
  const most = counts.toSorted((a, b) => b[1] - a[1]).slice(0, 4);
  const endings = most.map(([ending, files]) => `${files} ${ending || "without an ending"}`);
  return endings.join(", ") + (counts.length > most.length ? ", ..." : "");
}

/** "2 camera raw files (2 .cr2; export them as JPEG or TIFF first)", "9 other files (5 .txt, 4 .mov)". */
function othersIn(others: ReadonlyMap<string, number>): string[] {
  const [raws, rest] = [true, false].map((raw) => [...others].filter(([ending]) => isRawPath(`x${ending}`) === raw));
  const [rawFiles, restFiles] = [sumOf(raws!), sumOf(rest!)];
  return [
    ...(rawFiles === 0 ? [] : [`${rawsCalled(rawFiles)} (${endingsIn(raws!)}; ${rawAdvice(rawFiles)})`]),
    ...(restFiles === 0 ? [] : [`${restFiles} other file${restFiles === 1 ? "" : "s"} (${endingsIn(rest!)})`]),
  ];
}

/** Names of renamed outputs that the plan tells; of more, their number. */
const MAX_RENAMED = 5;

/** The line about outputs whose plain names are those of other photos. */
function renamedIn(renamed: BatchPlan["renamed"]): string[] {
  if (renamed.length === 0) return [];
  const named = renamed.slice(0, MAX_RENAMED).map(({ input, outputs }) => `${input} gives ${outputs[0]}`);
  const more = renamed.length > MAX_RENAMED ? `, and ${renamed.length - MAX_RENAMED} more` : "";
  return [`results that would share a name get names of their own: ${named.join(", ")}${more}`];
}

/** The lines before the work: number of photos, their size and destination, and the skipped files. */
export function planLines(
  { plans, renamed, skipped, others }: Pick<BatchPlan, "plans" | "renamed" | "skipped" | "others">,
  { out, pixels }: { readonly out: string | undefined; readonly pixels: number },
): string[] {
  const where = out === undefined ? "beside the originals, as NAME.unblurred.EXT" : `to ${out}`;
  const size = pixels >= 1e5 ? `, ${(pixels / 1e6).toFixed(pixels < 1e7 ? 1 : 0)} megapixels` : "";
  const passed = [...skippedIn(skipped), ...othersIn(others)];
  return [
    plans.length > 0 ? `${photos(plans.length)} to restore${size}: ${where}` : "nothing to restore",
    ...renamedIn(renamed),
    ...(passed.length > 0 ? [`skipped: ${passed.join(", ")}`] : []),
  ];
}

export interface Outcome {
  readonly restored: number;
  readonly unchanged: number;
  readonly skipped: number;
  /** Photos that were refused because their outputs exist. */
  readonly kept?: number;
  readonly failures: readonly string[];
  readonly elapsedMs: number;
}

/** Failed inputs named in the summary line. */
const MAX_NAMES = 10;

export function outcomeLine({ restored, unchanged, skipped, kept = 0, failures, elapsedMs }: Outcome): string {
  const parts = [
    ...(restored > 0 || unchanged + skipped === 0 ? [`${restored} restored`] : []),
    ...(unchanged > 0 ? [`${unchanged} copied unchanged`] : []),
  ];
  const named = failures.slice(0, MAX_NAMES).join(", ");
  const more = failures.length > MAX_NAMES ? `, and ${failures.length - MAX_NAMES} more` : "";
  return [
    parts.length > 0 ? `${parts.join(", ")} in ${duration(elapsedMs)}` : "",
    skipped > 0 ? `${skipped} skipped` : "",
    kept > 0 ? `${kept} not restored, ${kept === 1 ? "its outputs exist" : "their outputs exist"}` : "",
    failures.length > 0 ? `${failures.length} failed: ${named}${more}` : "",
  ]
    .filter(Boolean)
    .join(", ");
}

/**
 * Photos of so many pixels, or of such a share of all, tell the pace. The time of fewer is mostly that of opening the
 * model and of reading and writing files.
 */
const [TELLING_PIXELS, TELLING_SHARE] = [1e6, 0.02];

/** Estimates the remaining time of a batch from the pixels done so far. A photo of unknown size counts as the mean. */
export class BatchClock {
  readonly #sizes: readonly number[];
  /**
   * Pixels of the photos from each index on, 0 after the last; precomputed because every progress report asks for them.
   */
  readonly #pixelsFrom: readonly number[];
  #pace: number | null = null;
  #spentMs = 0;
  #pixels = 0;

  constructor(sizes: readonly (number | null)[]) {
    const known = sizes.filter((size) => size !== null);
    const mean = known.length > 0 ? known.reduce((sum, size) => sum + size, 0) / known.length : 0;
    this.#sizes = sizes.map((size) => size ?? mean);
    const from = [0];
    for (const size of this.#sizes.toReversed()) from.push(from.at(-1)! + size);
    this.#pixelsFrom = from.reverse();
  }

  /** Pixels of all photos. */
  get total(): number {
    return this.#pixelsFrom[0]!;
  }

  /** Sets the milliseconds per pixel to assume before a photo is done. */
  expect(pace: number): void {
    this.#pace = pace;
  }

  /** Records that a photo has been restored. */
  done(index: number, elapsedMs: number): void {
    this.#spentMs += elapsedMs;
    this.#pixels += this.#sizes[index]!;
    if (this.#pixels > 0 && this.#pixels >= Math.min(TELLING_SHARE * this.total, TELLING_PIXELS))
      this.#pace = this.#spentMs / this.#pixels;
  }

  /** Milliseconds for the photos from this one on, less those spent on it; undefined while no pace is known. */
  after(index: number, spentMs = 0): number | undefined {
    if (this.#pace === null) return undefined;
    return Math.max(0, this.#pace * (this.#pixelsFrom[index] ?? 0) - spentMs);
  }
}
