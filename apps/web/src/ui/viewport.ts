/** @file The visible part of a picture: zoomed about a point and moved, but never away from the pane it is shown in. */

export interface Viewport {
  /** CSS pixels a pixel of the photo. */
  readonly zoom: number;
  /** Offset of the picture's centre from the pane's, in CSS pixels. */
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

const MAX_ZOOM = 16;
/** A tiny picture fills the pane only so far. */
const MAX_FIT = 4;
/** Smaller than the pane only down to this: a photo pixel a pixel of a dense screen. */
const MIN_ZOOM = 0.5;

/** The zoom that shows all of the photo. */
export const fitZoom = (photo: Size, pane: Size): number =>
  Math.min(MAX_FIT, pane.width / photo.width, pane.height / photo.height);

export const fitted = (photo: Size, pane: Size): Viewport => ({ zoom: fitZoom(photo, pane), x: 0, y: 0 });

/** The nearest viewport whose picture covers the pane, or is centred in it where it is smaller. */
export function within({ zoom, x, y }: Viewport, photo: Size, pane: Size): Viewport {
  const fit = fitZoom(photo, pane);
  const near = Math.min(Math.max(MAX_ZOOM, fit), Math.max(Math.min(fit, MIN_ZOOM), zoom));
  const bound = (value: number, picture: number, side: number) => {
    const most = Math.max(0, (near * picture - side) / 2);
    return Math.min(most, Math.max(-most, value)) + 0; // no -0
  };
  return { zoom: near, x: bound(x, photo.width, pane.width), y: bound(y, photo.height, pane.height) };
}

const CENTRE: Point = { x: 0, y: 0 };

/** Zooms to `zoom` about the point `about` (from the pane's centre, in CSS pixels), which stays in place. */
export function zoomedTo(view: Viewport, zoom: number, photo: Size, pane: Size, about: Point = CENTRE): Viewport {
  const next = within({ ...view, zoom }, photo, pane).zoom;
  const by = next / view.zoom;
  const x = about.x - (about.x - view.x) * by;
  return within({ zoom: next, x, y: about.y - (about.y - view.y) * by }, photo, pane);
}

export const moved = ({ zoom, x, y }: Viewport, by: Point, photo: Size, pane: Size): Viewport =>
  within({ zoom, x: x + by.x, y: y + by.y }, photo, pane);

/** The photo's pixel at a position of the pane (from its upper left corner). */
export const pixelAt = ({ zoom, x, y }: Viewport, at: Point, photo: Size, pane: Size): Point => ({
  x: (at.x - pane.width / 2 - x) / zoom + photo.width / 2,
  y: (at.y - pane.height / 2 - y) / zoom + photo.height / 2,
});
