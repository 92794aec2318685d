/** @file The photos of this visit: which there are, how far each is, and the files that were made of them. */
import { batch, computed, signal } from "@preact/signals";
import type { Stroke } from "./brush.js";

export type ItemState = "waiting" | "working" | "done" | "sharp" | "failed" | "stopped";

/** The finished file of a photo that is not shown. */
export interface Output {
  readonly file: File;
  /** Its settings, in words. */
  readonly label: string;
  /** Its settings, for comparison. */
  readonly used: string;
}

export interface Item {
  readonly key: number;
  readonly name: string;
  readonly file: Blob;
  readonly state: ItemState;
  readonly thumbnail: ImageBitmap | null;
  /** Why it failed. */
  readonly note: string | null;
  /** Parts of the photo that are missing or were left out. */
  readonly warnings: readonly string[];
  readonly output: Output | null;
  /** Marks of the area to restore, while the photo is not shown. */
  readonly strokes: readonly Stroke[];
  /** Restored also if it looks sharp. */
  readonly anyway: boolean;
  /** Downloaded: leaving the page loses nothing. */
  readonly saved: boolean;
}

export interface NamedFile {
  readonly file: Blob;
  readonly name: string;
}

/** A photo that was taken out of the list, with its place there. */
interface Removed {
  readonly item: Item;
  readonly at: number;
}

const THUMBNAIL_PX = 128;

export const STATE_NAMES: Readonly<Record<ItemState, string>> = {
  waiting: "waiting",
  working: "being restored",
  done: "restored",
  sharp: "looks sharp already",
  failed: "failed",
  stopped: "stopped",
};

export function createItems() {
  const items = signal<readonly Item[]>([]);
  /** Removed together, last: they can come back until they are forgotten. */
  const removed = signal<readonly Removed[]>([]);
  let keys = 0;

  const update = (key: number, change: Partial<Item>): void => {
    const updated = (item: Item) => (item.key === key ? { ...item, ...change } : item);
    if (find(key)) items.value = items.value.map(updated);
    else removed.value = removed.value.map(({ item, at }) => ({ item: updated(item), at }));
  };
  const find = (key: number | null): Item | null => items.value.find((item) => item.key === key) ?? null;
  const add = (files: readonly NamedFile[], state: ItemState = "waiting"): readonly Item[] => {
    const added = files.map((file) => ({
      ...file,
      ...{ key: ++keys, state, thumbnail: null, note: null, warnings: [], output: null, strokes: [] },
      ...{ anyway: false, saved: false },
    }));
    items.value = [...items.value, ...added];
    return added;
  };
  /** A small copy; the picture stays the caller's. */
  async function showThumbnail(key: number, picture: ImageBitmap): Promise<void> {
    if (find(key)?.thumbnail) return;
    const scale = Math.min(1, THUMBNAIL_PX / Math.min(picture.width, picture.height));
    const [resizeWidth, resizeHeight] = [picture.width, picture.height].map((side) =>
      Math.max(1, Math.round(side * scale)),
    ) as [number, number];
    const thumbnail = await createImageBitmap(picture, { resizeWidth, resizeHeight, resizeQuality: "medium" });
    const isWanted = find(key) || removed.value.some(({ item }) => item.key === key);
    if (isWanted) update(key, { thumbnail });
    else thumbnail.close();
  }

  /** Gives up what was removed, and its thumbnails. */
  function forget(): void {
    const gone = removed.value;
    removed.value = [];
    for (const { item } of gone) item.thumbnail?.close();
  }
  function remove(gone: readonly number[]): void {
    forget();
    const all = items.value;
    batch(() => {
      // A photo whose work its removal interrupted is restored anew after an undo.
      removed.value = all.flatMap((item, at) =>
        gone.includes(item.key) ? [{ item: item.state === "working" ? { ...item, state: "waiting" } : item, at }] : [],
      );
      items.value = all.filter(({ key }) => !gone.includes(key));
    });
  }
  /** Puts what was removed last back into its place. Returns it. */
  function undo(): readonly Item[] {
    const back = removed.value;
    const next = [...items.value];
    for (const { item, at } of back) next.splice(at, 0, item);
    batch(() => {
      items.value = next;
      removed.value = [];
    });
    return back.map(({ item }) => item);
  }
  /** Work that leaving the page would lose. */
  const unsaved = computed(() =>
    items.value.some(({ state, saved }) => state === "working" || state === "waiting" || (state === "done" && !saved)),
  );
  const waiting = computed(() => items.value.filter(({ state }) => state === "waiting").length);
  const finished = computed(() => items.value.filter(({ state }) => state === "done" || state === "sharp").length);
  return { items, removed, update, find, add, remove, undo, forget, showThumbnail, unsaved, waiting, finished };
}

export type Items = ReturnType<typeof createItems>;
