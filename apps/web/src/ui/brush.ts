/** @file The painted mask: a grey picture of the photo's size, 255 where to restore. */
import type { Point, Size } from "./viewport.js";

export interface Rectangle extends Size {
  readonly left: number;
  readonly top: number;
}

/** Paints a stroke of a round brush between two points, in pixels of the photo; `value` 0 erases. Changes `mask`. */
export function paintStroke(
  mask: Uint8Array,
  photo: Size,
  from: Point,
  to: Point,
  radius: number,
  value: number,
): void {
  const [dx, dy] = [to.x - from.x, to.y - from.y];
  const length2 = dx * dx + dy * dy;
  const clamp = (at: number, most: number) => Math.max(0, Math.min(most, at));
  const [left, right] = [Math.min(from.x, to.x) - radius, Math.max(from.x, to.x) + radius];
  const [top, bottom] = [Math.min(from.y, to.y) - radius, Math.max(from.y, to.y) + radius];
  for (let y = clamp(Math.floor(top), photo.height); y < clamp(Math.ceil(bottom), photo.height); y++)
    for (let x = clamp(Math.floor(left), photo.width); x < clamp(Math.ceil(right), photo.width); x++) {
      const [px, py] = [x + 0.5 - from.x, y + 0.5 - from.y];
      const along = length2 === 0 ? 0 : clamp((px * dx + py * dy) / length2, 1);
      if ((px - along * dx) ** 2 + (py - along * dy) ** 2 <= radius * radius) mask[y * photo.width + x] = value;
    }
}

/** Changes `mask`; the part outside the photo is ignored. */
export function paintRectangle(mask: Uint8Array, photo: Size, { left, top, width, height }: Rectangle): void {
  const [first, end] = [Math.max(0, left), Math.min(photo.width, left + width)];
  for (let y = Math.max(0, top); y < Math.min(photo.height, top + height); y++)
    if (end > first) mask.fill(255, y * photo.width + first, y * photo.width + end);
}

/** The user's strokes in order, so that they can be undone. */
export type Stroke =
  | { readonly kind: "line"; readonly points: readonly Point[]; readonly radius: number; readonly erase: boolean }
  | { readonly kind: "rectangle"; readonly rectangle: Rectangle };

/** The mask of all strokes; null if nothing is painted, which restores the whole photo. */
export function maskOf(strokes: readonly Stroke[], photo: Size): Uint8Array | null {
  const mask = new Uint8Array(photo.width * photo.height);
  for (const stroke of strokes)
    if (stroke.kind === "rectangle") paintRectangle(mask, photo, stroke.rectangle);
    else
      for (const [i, to] of stroke.points.entries())
        paintStroke(mask, photo, stroke.points[Math.max(0, i - 1)]!, to, stroke.radius, stroke.erase ? 0 : 255);
  return isEmpty(mask) ? null : mask;
}

export const isEmpty = (mask: Uint8Array): boolean => !mask.includes(255);
