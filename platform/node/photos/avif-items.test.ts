/** @file AVIF items that reference the same data many times: detected in the header, before a decoder copies them. */
import { expect, test } from "vitest";
import { claimedBytes } from "../../../src/images/iso-items.js";
import { avifOfItems } from "../../../test/crafted-pictures.js";
import { readImage } from "./image-file.js";

test("a valid file claims no more data than it has, and is read", async () => {
  for (const items of [0, 1, 2]) {
    const avif = await avifOfItems(items, 1000);
    expect(claimedBytes(avif)).toBeGreaterThanOrEqual(items * 1000);
    expect(claimedBytes(avif)).toBeLessThan(items * 1000 + 200);
    expect((await readImage(avif)).raster).toMatchObject({ width: 64, height: 48 });
  }
});

test("hundreds of items that share megabytes are refused without memory for them", async () => {
  const avif = await avifOfItems(300, 10e6); // 3 GB in a decoder
  const before = process.resourceUsage().maxRSS;
  await expect(readImage(avif)).rejects.toMatchObject({
    code: "image",
    message: expect.stringMatching(/its items claim more data than the file has/),
  });
  expect((process.resourceUsage().maxRSS - before) / 1000, "MB more").toBeLessThan(100);
});

test("cut off anywhere, or with any byte of the items changed, the sum is a number and nothing is thrown", async () => {
  const avif = await avifOfItems(2, 100);
  for (let at = 0; at < avif.length - 100; at++) {
    expect(claimedBytes(avif.subarray(0, at))).toBeGreaterThanOrEqual(0);
    const changed = Buffer.from(avif);
    changed[at] = changed[at]! ^ 0xff;
    expect(claimedBytes(changed)).toBeGreaterThanOrEqual(0);
  }
});
