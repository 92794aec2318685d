/**
 * @file Reads the sizes of pictures from the first bytes of their files, for estimates: no decoder runs, and nothing is
 * checked.
 */
import { open } from "node:fs/promises";
import { imageSize } from "image-size";
import { fileKind } from "../../../src/images/file-kind.js";

/**
 * Bytes to read: most headers end within the first number; if previews or profiles precede the size, the second is
 * read.
 */
const HEADS = [65_536, 1_048_576];

/**
 * Number of pixels of a picture's file; null if its first bytes do not contain the size, or its format is not
 * supported.
 */
export async function pixelsOfFile(path: string): Promise<number | null> {
  const file = await open(path, "r").catch(() => null);
  if (!file) return null;
  try {
    if (!(await file.stat()).isFile()) return null; // reading a pipe would consume it
    for (const bytes of HEADS) {
      const { buffer, bytesRead } = await file.read(new Uint8Array(bytes), 0, bytes, 0);
      const head = buffer.subarray(0, bytesRead);
      if (!fileKind(head)) return null;
      const pixels = pixelsOf(head);
      if (pixels !== null || bytesRead < bytes) return pixels;
    }
    return null;
  } catch {
    return null;
  } finally {
    await file.close();
  }
}

function pixelsOf(head: Uint8Array): number | null {
  try {
    const { width, height } = imageSize(head);
    return width > 0 && height > 0 ? width * height : null;
  } catch {
    return null; // the size comes later in the file, or the header is damaged
  }
}
