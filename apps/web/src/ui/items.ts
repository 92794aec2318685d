/** @file The photos of this visit: which there are, how far each is, and the files that were made of them. */
import { computed, signal } from "@preact/signals";

export type ItemState = "waiting" | "working" | "done" | "sharp" | "failed" | "stopped";

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
  /** Finished file of an item that is not shown. */
  readonly output: File | null;
  /** Restored also if it looks sharp. */
  readonly anyway: boolean;
  /** Downloaded: leaving the page loses nothing. */
  readonly saved: boolean;
}

export interface NamedFile {
  readonly file: Blob;
  readonly name: string;
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
  let keys = 0;

  const update = (key: number, change: Partial<Item>): void => {
    items.value = items.value.map((item) => (item.key === key ? { ...item, ...change } : item));
  };
  const find = (key: number | null): Item | null => items.value.find((item) => item.key === key) ?? null;
  const add = (files: readonly NamedFile[], state: ItemState = "waiting"): readonly Item[] => {
    const added = files.map((file) => ({
      ...file,
      ...{ key: ++keys, state, thumbnail: null, note: null, warnings: [], output: null, anyway: false, saved: false },
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
    update(key, { thumbnail });
  }
  /** Work that leaving the page would lose. */
  const unsaved = computed(() =>
    items.value.some(({ state, saved }) => state === "working" || state === "waiting" || (state === "done" && !saved)),
  );
  const waiting = computed(() => items.value.filter(({ state }) => state === "waiting").length);
  return { items, update, find, add, showThumbnail, unsaved, waiting };
}

export type Items = ReturnType<typeof createItems>;
