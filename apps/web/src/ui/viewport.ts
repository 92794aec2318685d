/** @file The visible part of a picture: zoomed about a point and moved, but never beyond the picture's borders. */

export interface Viewport {
  /** 1 shows all of it. */
  readonly zoom: number;
  /** Offset of the picture's centre from the stage's, in screen pixels. */
  readonly x: number;
  readonly y: number;
}

export interface Size {
  readonly width: number;
  readonly height: number;
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

export const WHOLE: Viewport = { zoom: 1, x: 0, y: 0 };
const MOST_ZOOM = 16;

/** The nearest viewport whose picture covers the stage. */
export function within({ zoom, x, y }: Viewport, { width, height }: Size): Viewport {
  const near = Math.min(MOST_ZOOM, Math.max(1, zoom));
  const bound = (value: number, side: number) => {
    const most = ((near - 1) * side) / 2;
    return Math.min(most, Math.max(-most, value)) + 0; // no -0
  };
  return { zoom: near, x: bound(x, width), y: bound(y, height) };
}

/** Zooms by `factor` about the point `about` (from the stage's centre, in screen pixels), which stays in place. */
export function zoomed({ zoom, x, y }: Viewport, factor: number, stage: Size, about: Point = { x: 0, y: 0 }): Viewport {
  const next = Math.min(MOST_ZOOM, Math.max(1, zoom * factor));
  const by = next / zoom;
  return within({ zoom: next, x: about.x - (about.x - x) * by, y: about.y - (about.y - y) * by }, stage);
}

export const moved = ({ zoom, x, y }: Viewport, by: Point, stage: Size): Viewport =>
  within({ zoom, x: x + by.x, y: y + by.y }, stage);

/** The picture's pixel at a position of the stage (from its upper left corner). */
export function pixelAt({ zoom, x, y }: Viewport, at: Point, stage: Size, picture: Size): Point {
  const from = (value: number, shift: number, side: number, pixels: number) =>
    (((value - side / 2 - shift) / zoom + side / 2) / side) * pixels;
  return { x: from(at.x, x, stage.width, picture.width), y: from(at.y, y, stage.height, picture.height) };
}
