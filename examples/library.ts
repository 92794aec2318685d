/**
 * @file Restores a photo with the library: progress, a time limit, a clear error. `npx tsx examples/library.ts PHOTO
 * OUTPUT [MODEL]` In a project of your own, import from "unblur-photo".
 */
import { deblur, loadRestorer, UnblurError, writeImage } from "../platform/node/index.js";

const [photo, output, model = "default"] = process.argv.slice(2);
if (!photo || !output) throw new Error("usage: tsx examples/library.ts PHOTO OUTPUT [MODEL]");

try {
  const restorer = await loadRestorer(model);
  const restored = await deblur(photo, {
    model: restorer,
    signal: AbortSignal.timeout(10 * 60_000),
    onProgress: ({ done, total, stage }) => console.error(`${stage}: ${done} of ${total}`),
  });
  await writeImage(output, restored);
  await restorer.release();
  console.log(output);
} catch (error) {
  if (!(error instanceof UnblurError)) throw error;
  console.error(`${error.code}: ${error.message}`);
  process.exitCode = 1;
}
