/** @file One trial: an odd config of a training run is read, as `unblur train --config` reads it. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseRunConfig } from "../../../src/training/run-config.js";
import type { Trial } from "../children.js";
import { oddJson } from "../mutate-json.js";

const FOLDER = join(import.meta.dirname, "../../../configs");
const seeds: unknown[] = readdirSync(FOLDER, { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".json"))
  .sort()
  .map((name) => JSON.parse(readFileSync(join(FOLDER, name), "utf8")));

export const trial: Trial = async ({ rng }) => {
  parseRunConfig(oddJson(seeds[rng.fork("seed").integer(seeds.length)], rng), "config.json");
};
