/**
 * Makes the example pictures from the wallpaper `friends_by_Aitzol_Berasategi.jpg` (examples/ATTRIBUTION.md): `npx tsx
 * scripts/make-example.ts PATH`. Shrinks it, shakes it in light with a camera-shake kernel, adds a little noise.
 */
import { join } from "node:path";
import sharp from "sharp";
import { readImage, writeImage } from "../platform/node/photos/image-file.js";
import { Rng } from "../src/base/random.js";
import { blurPlanes } from "../src/blur/blur-planes.js";
import { cameraShakeKernel } from "../src/blur/camera-shake.js";
import { drawsFrom } from "../src/blur/draws.js";
import type { Raster } from "../src/images/image.js";
import { planesFromRaster, rasterFromPlanes } from "../src/images/pixels.js";

const LONG_SIDE_PX = 960;
const SHAKE = { lengthPx: 20, anxiety: 0.005 };
const SEED = 1; // a path of about 13 px, a little bent
const NOISE_SIGMA = 1 / 255;

const source = process.argv[2];
if (!source) throw new Error("usage: tsx scripts/make-example.ts PATH-OF-THE-WALLPAPER");
const examples = join(import.meta.dirname, "..", "examples");

const fit = { width: LONG_SIDE_PX, height: LONG_SIDE_PX, fit: "inside" } as const;
const small = await readImage(await sharp(source).resize(fit).png().toBuffer());
const rng = Rng.fromSeed(SEED);
const kernel = cameraShakeKernel(SHAKE, drawsFrom(rng.fork("kernel")));
const blur = { kernel, curve: "gamma2.2", noiseSigma: NOISE_SIGMA } as const;
const blurry = rasterFromPlanes(blurPlanes(planesFromRaster(small.raster), blur, rng));

const write = (name: string, raster: Raster, quality: number) =>
  writeImage(join(examples, name), { raster, format: "jpeg", metadata: {} }, { quality });
await write("friends-sharp.jpg", small.raster, 90);
await write("friends-blurry.jpg", blurry, 92);

console.log(
  `pictures ${blurry.width} x ${blurry.height}, kernel ${kernel.width} x ${kernel.height}, in tenths of its peak:`,
);
const peak = Math.max(...kernel.data);
for (let row = 0; row < kernel.data.length; row += kernel.width) {
  const shades = [...kernel.data.subarray(row, row + kernel.width)].map(
    (value) => Math.ceil((9 * value) / peak) || ".",
  );
  console.log(shades.join(" "));
}
