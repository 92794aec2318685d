/**
 * @file The program runs from its sources as well, with a thread that makes batches; other tests start what was built.
 */
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { PROJECT } from "./built.js";
import { waveNetwork, writeWavePairs } from "./training/wave-pairs.js";

test("npx tsx apps/cli/main.ts train", async () => {
  const folder = await mkdtemp(join(tmpdir(), "unblur-sources-"));
  const at = (...parts: string[]) => join(folder, ...parts);
  await writeWavePairs(at("data"), 2);
  const config = {
    ...{ name: "waves", model: { predictor: { network: waveNetwork } }, objective: { kind: "predictor" } },
    data: { sources: [{ layout: "pairs", path: "." }], patchPx: 16 },
    ...{ batchSize: 1, steps: 2, optimiser: { kind: "adam" }, learningRate: { peak: 1e-3 } },
  };
  await writeFile(at("config.json"), JSON.stringify(config));
  const words = ["train", "--config", at("config.json"), "--data", at("data"), "--out", at("runs"), "--threads", "1"];
  const { stderr } = await promisify(execFile)(process.execPath, ["--import", "tsx", "apps/cli/main.ts", ...words], {
    cwd: PROJECT,
    env: { ...process.env, UNBLUR_START_BUILT: "0", UNBLUR_CACHE: at("cache") },
  });
  expect(stderr).toMatch(/step 2 of 2/);
  await rm(folder, { recursive: true });
});
