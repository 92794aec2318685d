/**
 * @file Measures the ranges of the values inside a model's networks on photos, for computing them in 8 bit, and writes
 * them into the metadata of its weights files:
 *
 * npx tsx scripts/measure-ranges.ts MODEL_FOLDER PHOTO...
 *
 * Networks that see the photo alone are measured, on one tile of 256 px of each photo. Photos as blurred as those to be
 * restored, a dozen of them, none of those that the model is judged on.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { writeFileAtomically } from "../platform/node/files/atomic-file.js";
import { readImage } from "../platform/node/photos/image-file.js";
import { createRuntime } from "../platform/node/threads/runtime.js";
import { rangesMetadata, readModel, weightsFile } from "../src/exchange/model-files.js";
import { parseSafetensors, safetensorsParts } from "../src/exchange/safetensors.js";
import { crop } from "../src/images/crop.js";
import { planesFromRaster } from "../src/images/pixels.js";
import { createNetwork } from "../src/networks/catalog.js";
import { measureRanges } from "../src/restoration/measure-ranges.js";

const SIDE_PX = 256;
const [folder, ...photos] = process.argv.slice(2);
if (!folder || photos.length === 0) throw new Error("usage: measure-ranges.ts MODEL_FOLDER PHOTO...");
const model = await readModel((file) => readFile(join(folder, file)), folder);
const tiles = [];
for (const [k, path] of photos.entries()) {
  const photo = planesFromRaster((await readImage(path)).raster);
  // Another place in each photo, and never beyond its border.
  const place = (length: number, part: number) => Math.floor(((k * part) % 1) * Math.max(0, length - SIDE_PX));
  const [left, top] = [place(photo.width, 0.618), place(photo.height, 0.414)];
  tiles.push(
    crop(photo, { left, top, width: Math.min(SIDE_PX, photo.width), height: Math.min(SIDE_PX, photo.height) }),
  );
}
for (const part of ["motion", "predictor"] as const) {
  const config = model.config[part];
  if (!config || config.inputs.length > 1) continue;
  const ranges = await measureRanges(createNetwork(config.network), model.weights[part]!, createRuntime(), tiles);
  const path = join(folder, weightsFile(part));
  const { tensors, metadata } = parseSafetensors(await readFile(path), path);
  await writeFileAtomically(path, safetensorsParts({ tensors, metadata: { ...metadata, ...rangesMetadata(ranges) } }));
  console.log(`${path}: ${ranges.size} ranges from ${tiles.length} tiles`);
}
