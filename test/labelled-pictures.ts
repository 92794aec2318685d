/** @file Pictures that tell which one they are and where each pixel lies, for tests of what is drawn from them. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { writeImage } from "../platform/node/photos/image-file.js";
import type { Raster } from "../src/images/image.js";

/** A picture whose pixels encode the picture's index, row and column. */
export const labelled = (index: number, width: number, height: number): Raster => {
  const data = new Uint8Array(width * height * 3);
  for (let i = 0; i < width * height; i++) data.set([index, Math.floor(i / width), i % width], 3 * i);
  return { width, height, channels: 3, data };
};

/** Writes a picture as PNG below a folder. */
export function saveBelow(folder: string, path: string, raster: Raster): Promise<void> {
  mkdirSync(join(folder, path, ".."), { recursive: true });
  return writeImage(join(folder, path), { raster, format: "png", metadata: {} });
}

/** The index of the picture that a signed patch of 16x16 pixels comes from. */
export const indexOf = (values: Float32Array, sample: number) =>
  Math.round(((values[sample * 3 * 256]! + 1) / 2) * 255);
