/** @file Checksum of a model's description and weights. Machines with the same checksum give the same results. */
import { createHash } from "node:crypto";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { openRegular, readRegularText } from "../../platform/node/files/read-regular.js";
import { MODEL_NAME, modelFolder, modelPair, namedModels } from "../../platform/node/models/model-folders.js";
import { UnblurError } from "../../src/base/errors.js";
import { MODEL_FILE, parseModelFile, weightsFile } from "../../src/exchange/model-files.js";
import { PARTS } from "../../src/restoration/model-config.js";

/** Cache by the files' times and sizes: an unchanged model is read once, a replaced one again. */
const known = new Map<string, { readonly state: string; readonly checksum: string }>();

async function addFile(hash: ReturnType<typeof createHash>, path: string): Promise<void> {
  await using file = await openRegular(path);
  for await (const chunk of file.createReadStream({ autoClose: false })) hash.update(chunk as Buffer);
}

/**
 * First 32 hexadecimal digits of the SHA-256; those of both for a pair of models. Throws `argument` for a path or a name
 * without a model.
 */
export async function modelChecksum(name: string): Promise<string> {
  const pair = modelPair(name);
  if (pair) return (await Promise.all(pair.map(modelChecksum))).join("+");
  const folder = MODEL_NAME.test(name) ? modelFolder(name) : undefined;
  if (folder === undefined || folder === name)
    throw new UnblurError(
      "argument",
      `model "${name}": with --queue, expected the name of a model that every machine has, one of ` +
        `${(await namedModels()).map((model) => model.name).join(", ")}; install others on each machine with unblur import`,
    );
  const description = join(folder, MODEL_FILE);
  const { model } = parseModelFile(await readRegularText(description), description);
  const files = [MODEL_FILE, ...PARTS.filter((part) => model[part]?.network).map(weightsFile)];
  const paths = files.map((file) => join(folder, file));
  const stats = await Promise.all(paths.map((path) => stat(path)));
  const state = stats.map(({ size, mtimeMs }) => `${size} ${mtimeMs}`).join();
  const before = known.get(folder);
  if (before?.state === state) return before.checksum;
  const hash = createHash("sha256");
  for (const [index, path] of paths.entries()) {
    hash.update(`${files[index]} ${stats[index]!.size}\n`);
    await addFile(hash, path);
  }
  const checksum = hash.digest("hex").slice(0, 32);
  known.set(folder, { state, checksum });
  return checksum;
}
