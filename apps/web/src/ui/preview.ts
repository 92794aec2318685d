/** @file Preview: restores a small part of the photo at every change of a setting. */
import { effect, signal } from "@preact/signals";
import type { Region } from "../../../../platform/browser/deblurrer.js";
import type { Session } from "./session.js";
import type { Point, Size } from "./viewport.js";

/** Side in pixels, small enough to be restored while a slider moves. */
const SIDE = 192;
/** Delay that limits how often a moving slider starts a restoration. */
const PAUSE_MS = 120;

export const regionAbout = ({ x, y }: Point, photo: Size): Region => {
  const [width, height] = [Math.min(SIDE, photo.width), Math.min(SIDE, photo.height)];
  const place = (at: number, side: number, most: number) =>
    Math.round(Math.max(0, Math.min(most - side, at - side / 2)));
  return { x: place(x, width, photo.width), y: place(y, height, photo.height), width, height };
};

export function createPreview(session: Session) {
  const { photo, settings, progress, problem, deblurrer, models } = session;
  /** Null: no preview. */
  const region = signal<Region | null>(null);
  const picture = signal<ImageBitmap | null>(null);
  const working = signal(false);
  let running: AbortController | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;

  const show = (next: ImageBitmap | null) => {
    const before = picture.value;
    picture.value = next;
    if (before) setTimeout(() => before.close());
  };

  async function restore(photoId: string, part: Region): Promise<void> {
    const controller = new AbortController();
    running = controller;
    working.value = true;
    try {
      await models.open();
      if (controller.signal.aborted) return;
      const { check: _, keepSteps: __, samples: ___, ...rest } = settings.peek();
      const { id, samples } = await deblurrer.deblur(
        photoId,
        { ...rest, region: part, restoreSharp: true },
        { signal: controller.signal },
      );
      deblurrer.release(id);
      show(samples[0]!);
    } catch (error) {
      if ((error as Error).name !== "AbortError") problem.value = (error as Error).message;
    } finally {
      if (running === controller) {
        running = null;
        working.value = false;
      }
    }
  }

  effect(() => {
    const [shown, part] = [photo.value, region.value];
    settings.value; // subscribes to changes of any setting
    models.wanted.value;
    const busy = progress.value !== null; // the restoration of the photo has priority
    clearTimeout(timer);
    running?.abort();
    if (shown && part && !busy) timer = setTimeout(() => void restore(shown.id, part), PAUSE_MS);
  });

  const off = () => {
    region.value = null;
    show(null);
  };
  const moveTo = (centre: Point) => {
    if (photo.value) region.value = regionAbout(centre, photo.value);
  };
  const moveBy = (by: Point) => {
    const part = region.value;
    if (part) moveTo({ x: part.x + part.width / 2 + by.x, y: part.y + part.height / 2 + by.y });
  };
  const on = () => {
    if (photo.value) moveTo({ x: photo.value.width / 2, y: photo.value.height / 2 });
  };
  // A new photo invalidates the place.
  let before = photo.value;
  effect(() => {
    if (photo.value !== before && region.peek()) off();
    before = photo.value;
  });
  return { region, picture, working, on, off, moveTo, moveBy };
}

export type Preview = ReturnType<typeof createPreview>;
