import sharp from "sharp";
import { expect, test } from "vitest";
import { severalGifPictures } from "./several-pictures.js";

const gif = (frames: number, colours: number): Promise<Buffer> => {
  const raw = { width: 16, height: 16 * frames, channels: 3 as const, ...(frames > 1 ? { pageHeight: 16 } : {}) };
  const pixels = Uint8Array.from({ length: 3 * 16 * 16 * frames }, (_, i) => (i * 37) % 251);
  return sharp(pixels, { raw }).gif({ colours }).toBuffer();
};

test.each([2, 16, 256])("a GIF of %i colours is an animation from its second picture on", async (colours) => {
  expect(severalGifPictures(await gif(1, colours))).toBeUndefined();
  for (const frames of [2, 3]) expect(severalGifPictures(await gif(frames, colours))).toContain("is an animation");
});

test("a GIF cut off anywhere ends the search", async () => {
  const whole = await gif(1, 16);
  for (let length = 0; length < whole.length; length++)
    expect(severalGifPictures(whole.subarray(0, length))).toBeUndefined();
});
