/**
 * @file The shown photo with its results: which pictures are in memory, and what is kept of them when another photo is
 * shown.
 */
import { batch, computed, signal } from "@preact/signals";
import type { DeblurResult, Deblurrer, OpenedPhoto } from "../../../../platform/browser/deblurrer.js";
import type { Stroke } from "./brush.js";
import type { Items, NamedFile } from "./items.js";

/** The picture shown beside the photo. */
export type Shown = number | "mean";

export type ShownPhoto = OpenedPhoto & { readonly picture: ImageBitmap };

/** A result of the shown photo. */
export interface Kept {
  readonly result: DeblurResult;
  /** Settings of the result, in words. */
  readonly label: string;
  /** Settings of the result, for comparison. */
  readonly used: string;
  /** The file it was opened from. */
  readonly file: File | null;
}

/** Results kept of one photo: so many, and so many pixels of all samples together. */
const [MAX_RESULTS, MAX_RESULT_PIXELS] = [5, 80e6];

/** Closes pictures as soon as they leave the page, so that their memory does not wait for garbage collection. */
const closeLater = (pictures: readonly (ImageBitmap | null | undefined)[]) =>
  setTimeout(() => {
    for (const picture of pictures) picture?.close();
  });

const picturesOf = ({ samples, summary, steps, check }: DeblurResult) => [
  ...samples,
  ...(summary ? [summary.mean, summary.uncertainty] : []),
  ...steps.flatMap(({ noisy, estimate, change }) => [noisy, estimate, change]),
  check?.kernels,
];

/** `isInWork`: the photo is being restored, and its pixels are needed after it has left the page. */
export function createShownPhoto(deblurrer: Deblurrer, list: Items, isInWork: (photo: ShownPhoto) => boolean) {
  const selected = signal<number | null>(null);
  const photo = signal<ShownPhoto | null>(null);
  const results = signal<readonly Kept[]>([]);
  const resultId = signal<string | null>(null);
  const shown = signal<Shown>(0);
  /** Strokes that mark the area to restore; none for everywhere. */
  const strokes = signal<readonly Stroke[]>([]);
  let leaving: Promise<void> = Promise.resolve();

  const kept = computed(() => results.value.find(({ result }) => result.id === resultId.value) ?? null);
  const result = computed(() => kept.value?.result ?? null);
  const item = computed(() => list.items.value.find(({ key }) => key === selected.value) ?? null);
  const picture = computed(() => {
    const { value } = result;
    if (!value) return null;
    return shown.value === "mean" ? (value.summary?.mean ?? null) : (value.samples[shown.value] ?? null);
  });

  const opened = async ({ file, name }: NamedFile): Promise<ShownPhoto> => {
    const { photo: about, picture: bitmap } = await deblurrer.openPhoto(file, name);
    return { ...about, picture: bitmap };
  };
  const release = (one: ShownPhoto): void => {
    deblurrer.release(one.id);
    closeLater([one.picture]);
  };
  const drop = (dropped: readonly DeblurResult[]): void => {
    for (const one of dropped) {
      deblurrer.release(one.id);
      closeLater(picturesOf(one));
    }
  };

  function addResult(added: Kept): void {
    const pixels = ({ result: { width, height, samples } }: Kept) => width * height * samples.length;
    let room = MAX_RESULT_PIXELS;
    const all = [added, ...results.value];
    const stay = all.filter((one, i) => {
      room -= pixels(one);
      return i === 0 || (i < MAX_RESULTS && room >= 0);
    });
    batch(() => {
      results.value = stay;
      resultId.value = added.result.id;
      shown.value = 0;
    });
    drop(all.filter((one) => !stay.includes(one)).map((one) => one.result));
  }

  /** Keeps the shown result of a photo as a file, and gives back the memory of its pixels. */
  async function leave(key: number, before: ShownPhoto, all: readonly Kept[], last: Kept | null): Promise<void> {
    try {
      if (last && !last.result.sharpAlready) {
        const file = last.file ?? (await deblurrer.download(last.result.id, { what: 0 }));
        list.update(key, { output: { file, label: last.label, used: last.used } });
      }
    } finally {
      drop(all.map((one) => one.result));
      if (!isInWork(before)) release(before);
    }
  }

  /** Shows another photo, or none. */
  async function show(key: number | null, next: ShownPhoto | null): Promise<void> {
    const [before, beforeKey, all, last] = [photo.value, selected.value, results.value, kept.value];
    batch(() => {
      if (beforeKey !== null) list.update(beforeKey, { strokes: strokes.value });
      selected.value = key;
      photo.value = next;
      results.value = [];
      resultId.value = null;
      shown.value = 0;
      strokes.value = list.find(key)?.strokes ?? [];
    });
    if (key !== null && next) await list.showThumbnail(key, next.picture);
    if (before && beforeKey !== null && before !== next) leaving = leave(beforeKey, before, all, last);
    await leaving;
    if (key !== null) await showOutput(key);
  }

  /** The finished file of a photo that was not shown when it was restored, or was left since. */
  async function showOutput(key: number): Promise<void> {
    const output = list.find(key)?.output;
    const current = photo.value;
    if (!output || !current || selected.value !== key || results.value.length > 0) return;
    const restored = await deblurrer.reopen(current.id, output.file);
    if (photo.value === current && results.value.length === 0) addResult({ result: restored, ...output });
    else drop([restored]);
  }

  return {
    ...{ selected, photo, results, resultId, shown, strokes, kept, result, item, picture },
    ...{ opened, release, drop, addResult, show, showOutput },
    /** Resolves once what the photo before leaves behind is kept. */
    left: () => leaving,
  };
}
