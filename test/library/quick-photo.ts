/** @file A photo of 60x44 pixels, too small for its blur to be estimated and so quickly restored. */
import { join } from "node:path";
import sharp from "sharp";

/** Writes the photo as JPEG and returns its path. */
export async function writeQuickPhoto(path: string): Promise<string> {
  const example = join(import.meta.dirname, "../../examples/friends-blurry.jpg");
  await sharp(example).extract({ left: 100, top: 180, width: 60, height: 44 }).jpeg({ quality: 95 }).toFile(path);
  return path;
}
