/**
 * @file Puts the same part of several pictures side by side, for the docs:
 *
 *   npx tsx scripts/side-by-side.ts --out docs/pictures/example.jpg --crop LEFT,TOP,WIDTH,HEIGHT A.jpg B.jpg ...
 */
import { parseArgs } from "node:util";
import sharp from "sharp";

const { values, positionals } = parseArgs({
  options: { out: { type: "string" }, crop: { type: "string" } },
  allowPositionals: true,
});
if (!values.out || positionals.length === 0) throw new Error("--out FILE and at least one picture are needed");
const [left, top, width, height] = values.crop?.split(",").map(Number) ?? [];
const GAP = 8;

const parts = await Promise.all(
  positionals.map((file) => {
    const picture = sharp(file);
    const part = width && height ? picture.extract({ left: left!, top: top!, width, height }) : picture;
    return part.png().toBuffer({ resolveWithObject: true });
  }),
);
const total = parts.reduce((sum, { info }) => sum + info.width + GAP, -GAP);
let at = 0;
const placed = parts.map(({ data, info }) => {
  const place = { input: data, left: at, top: 0 };
  at += info.width + GAP;
  return place;
});
await sharp({
  create: { width: total, height: Math.max(...parts.map(({ info }) => info.height)), channels: 3, background: "white" },
})
  .composite(placed)
  .jpeg({ quality: 90, chromaSubsampling: "4:4:4" })
  .toFile(values.out);
