/** @file Several pictures in one picture, for viewing as a file. */
import type { Raster } from "../images/image.js";
import { byteRaster } from "../images/pixels.js";

export interface ContactPicture {
  /** 8 bits, grey or RGB; all pictures must have the same size. */
  readonly picture: Raster;
  /** Colour of the frame, [r, g, b]; the background's by default. */
  readonly frame?: readonly [number, number, number];
}

const BACKGROUND = [24, 24, 24] as const;
const FRAME_PX = 6;
const GAP_PX = 6;

/** Pictures row by row from left to right, each in a frame; by default about as many columns as rows. RGB. */
export function contactSheet(pictures: readonly ContactPicture[], columns = squareColumns(pictures)): Raster {
  const { width: w, height: h } = pictures[0]!.picture;
  const [cellWidth, cellHeight] = [w + 2 * FRAME_PX + GAP_PX, h + 2 * FRAME_PX + GAP_PX];
  const rows = Math.ceil(pictures.length / columns);
  const [width, height] = [columns * cellWidth + GAP_PX, rows * cellHeight + GAP_PX];
  const data = new Uint8Array(3 * width * height);
  for (let i = 0; i < data.length; i++) data[i] = BACKGROUND[i % 3]!;
  for (const [index, { picture, frame = BACKGROUND }] of pictures.entries()) {
    const left = GAP_PX + (index % columns) * cellWidth;
    const top = GAP_PX + Math.floor(index / columns) * cellHeight;
    const { channels, data: values } = byteRaster(picture);
    const [green, blue] = channels < 3 ? [0, 0] : [1, 2];
    for (let y = 0; y < h + 2 * FRAME_PX; y++)
      for (let x = 0; x < w + 2 * FRAME_PX; x++) {
        const [column, row] = [x - FRAME_PX, y - FRAME_PX];
        const from = (row * w + column) * channels;
        const inside = column >= 0 && row >= 0 && column < w && row < h;
        const colour = inside ? [values[from]!, values[from + green]!, values[from + blue]!] : frame;
        data.set(colour, 3 * ((top + y) * width + left + x));
      }
  }
  return { width, height, channels: 3, data };
}

function squareColumns(pictures: readonly ContactPicture[]): number {
  const { width, height } = pictures[0]!.picture;
  return Math.min(pictures.length, Math.max(1, Math.round(Math.sqrt((pictures.length * height) / width))));
}
