/**
 * @file Restores a photo with the library: progress, a time limit, a clear error. `npx tsx examples/library.ts PHOTO
 * OUTPUT [MODEL]` In a project of your own, import from "unblur-photo".
 */
import { open, UnblurError } from "../platform/node/index.js";

const [photo, output, name = "default"] = process.argv.slice(2);
if (!photo || !output) throw new Error("usage: tsx examples/library.ts PHOTO OUTPUT [MODEL]");

try {
  await using model = await open(name);
  const restored = await model.restore(photo, {
    signal: AbortSignal.timeout(10 * 60_000),
    onProgress: ({ done, total, stage }) => console.error(`${stage}: ${Math.round((100 * done) / total)} %`),
  });
  await restored.toFile(output);
  console.log(output);
} catch (error) {
  if (!(error instanceof UnblurError)) throw error;
  console.error(`${error.code}: ${error.message}`);
  process.exitCode = 1;
}
