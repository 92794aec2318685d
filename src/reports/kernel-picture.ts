/** @file Kernels drawn over the photo at their places. */
import { kernelReach } from "../blur/kernel.js";
import type { Planes, Raster } from "../images/image.js";
import { greyPlanes } from "../images/pixels.js";
import type { Reblur, ReblurCell } from "../insight/reblur.js";

/** Brightness of the photo behind the kernels, as a share of its own. */
const DIMMED = 0.35;
/** Largest share of a cell's side that a kernel fills. */
const FILLED = 0.85;

/**
 * RGB of the photo's size: the photo in dark grey, and in the middle of each cell its kernel in amber, enlarged by
 * whole pixels, brightest where it is largest, above a white bar as long as 10 pixels of the kernel. A cell without a
 * kernel shows none. `photo` is [C, H, W], "signed".
 */
export function kernelPicture(photo: Planes, { cells }: Reblur): Raster {
  const { width, height, data: grey } = greyPlanes(photo);
  const data = new Uint8Array(3 * width * height);
  for (let i = 0; i < grey.length; i++)
    data.fill(Math.max(0, Math.min(255, DIMMED * 127.5 * (grey[i]! + 1))), 3 * i, 3 * i + 3);
  for (const cell of cells) drawKernel({ data, width }, cell);
  return { width, height, channels: 3, data };
}

const AMBER = [255, 200, 60] as const;
/** Length of the bar in pixels of the kernel, and its height in pixels of the picture. */
export const SCALE_BAR_PX = 10;
const BAR_HEIGHT_PX = 2;

function drawKernel(
  { data, width }: { readonly data: Uint8Array; readonly width: number },
  { kernel, left, top, width: cellWidth, height: cellHeight }: ReblurCell,
): void {
  if (!kernel) return;
  const room = FILLED * Math.min(cellWidth, cellHeight);
  const reach = kernelReach(kernel);
  const scale = Math.max(1, Math.floor(room / (2 * reach + 1)));
  const most = Math.max(...kernel.data);
  const [middleX, middleY] = [left + (cellWidth >> 1), top + (cellHeight >> 1)];
  for (let y = top; y < top + cellHeight; y++)
    for (let x = left; x < left + cellWidth; x++) {
      const column = Math.floor((x - middleX) / scale + 0.5) + (kernel.width >> 1);
      const row = Math.floor((y - middleY) / scale + 0.5) + (kernel.height >> 1);
      if (column < 0 || row < 0 || column >= kernel.width || row >= kernel.height) continue;
      const share = Math.sqrt(kernel.data[row * kernel.width + column]! / most); // the root makes faint tails visible
      for (let c = 0; c < 3; c++) {
        const at = 3 * (y * width + x) + c;
        data[at] = data[at]! + share * (AMBER[c]! - data[at]!);
      }
    }
  const [bar, barTop] = [SCALE_BAR_PX * scale, top + cellHeight - 3 * BAR_HEIGHT_PX];
  if (bar > cellWidth || barTop < top) return;
  const from = middleX - (bar >> 1);
  for (let y = barTop; y < barTop + BAR_HEIGHT_PX; y++)
    data.fill(255, 3 * (y * width + from), 3 * (y * width + from + bar));
}
