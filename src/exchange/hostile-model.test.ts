/** @file Model descriptions and weights that ask for too much: refused at once, by an error of the library. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { createProcess } from "../diffusion/process.js";
import { createNetwork } from "../networks/catalog.js";
import { PARTS } from "../restoration/model-config.js";
import { MODEL_FILE, readModel } from "./model-files.js";

const FOLDER = join(import.meta.dirname, "../../models/fast");
const text = readFileSync(join(FOLDER, MODEL_FILE), "utf8");

/** The model's description with one value, by its path, replaced. */
function changed(path: string, value: unknown): string {
  const description = JSON.parse(text);
  const keys = path.split(".");
  const last = keys.pop()!;
  const at = keys.reduce((object, key) => object[key], description.model);
  expect(at[last], path).toBeDefined();
  at[last] = value;
  return JSON.stringify(description);
}

const read = (description: string) =>
  readModel(
    async (file) =>
      file === MODEL_FILE ? new TextEncoder().encode(description) : new Uint8Array(readFileSync(join(FOLDER, file))),
    "hostile",
  );

const LARGE = 2_000_000;
test.each([
  ["predictor.network.blocks.1", LARGE],
  ["predictor.network.middleBlocks", LARGE],
  ["predictor.network.middleBlocks", Number.MAX_SAFE_INTEGER],
  ["predictor.network.widths.0", LARGE],
  ["predictor.network.unshuffle", LARGE],
  ["predictor.network.inChannels", 2 ** 40],
  ["motion.network.blocks.3", LARGE],
  ["motion.network.lastBlocks", LARGE],
  ["motion.network.scales.0.motions.0.directions", LARGE],
  ["motion.network.scales.0.motions.0.lengthPx", 1e300],
  ["motion.network.scales.0.taps", LARGE + 1],
  ["motion.network.scales.0.radiiPx.0", 1e300],
  ["diffusion.network.levelChannels", 2 ** 40],
  ["diffusion.schedule.T", 2 ** 40],
  ["diffusion.finePx", 1e9],
  ["sampling.steps", 2 ** 40],
])("%s = %d", async (path, value) => {
  const startedAt = performance.now();
  await expect(read(changed(path, value))).rejects.toMatchObject({
    name: "UnblurError",
    code: expect.stringMatching(/^(config|checkpoint|argument)$/),
  });
  expect(performance.now() - startedAt).toBeLessThan(3000);
});

test("a description of megabytes is refused before it is parsed", async () => {
  const padded = text.replace('"format"', `"summary": "${"x".repeat(2 ** 20)}",\n"format"`);
  await expect(read(padded)).rejects.toThrow(/expected at most 1 MB/);
});

test("the largest values that are allowed are made in moments", async () => {
  const { config } = await read(changed("diffusion.schedule.T", 100_000));
  for (const part of PARTS) if (config[part]) createNetwork(config[part].network);
  createProcess(config.diffusion!.schedule);
});
