/** @file Batches of unpaired photos: sharp patches, and really blurred ones of other photos. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type DataConfig, dataSchema } from "../../../src/data/config.js";
import { indexOf, labelled, saveBelow } from "../../../test/labelled-pictures.js";
import { type BatchesOptions, openBatches } from "./batches.js";
import { loadPlan } from "./load-plan.js";

const folder = mkdtempSync(join(tmpdir(), "unblur-unpaired-"));
const cacheFolder = join(folder, "cache");
afterAll(() => rmSync(folder, { recursive: true, force: true }));

beforeAll(async () => {
  for (let i = 1; i <= 3; i++) {
    await saveBelow(folder, `apart/sharp/${i}.png`, labelled(100 + i, 40 + i, 50));
    await saveBelow(folder, `apart/blurred/some/${10 * i}.png`, labelled(10 * i, 60, 30 + i));
  }
});

const open = async (data: DataConfig, change: Partial<BatchesOptions> = {}) =>
  openBatches({ plan: (await loadPlan(data, folder, 4)).plan, seed: 7, workers: 0, cacheFolder, ...change });

test("unpaired: every sharp photo with every blurred one, at places of their own, turned alike, the same each time", async () => {
  const data = dataSchema.parse({
    patchPx: 16,
    sources: [{ layout: "unpaired", path: "apart/sharp", blurredPath: "apart/blurred" }],
  });
  expect((await loadPlan(data, folder, 4)).plan.sources[0]!.items).toHaveLength(3);
  await using batches = await open(data);
  await using again = await open(data, { workers: 1 });
  const combinations = new Set<string>();
  const offsets = new Set<number>();
  for (let step = 0; step < 15; step++) {
    const [{ y, x0 }, other] = [await batches.batch(step), await again.batch(step)];
    expect(Buffer.from(other.y.buffer).equals(Buffer.from(y.buffer))).toBe(true);
    expect(Buffer.from(other.x0.buffer).equals(Buffer.from(x0.buffer))).toBe(true);
    for (let i = 0; i < 4; i++) {
      combinations.add(`${indexOf(x0, i)} ${indexOf(y, i)}`);
      const rows = (values: Float32Array) => values.slice(i * 768 + 256, i * 768 + 512);
      const [sharp, blurred] = [rows(x0), rows(y)];
      const apart = sharp.map((value, k) => Math.round(((value - blurred[k]!) / 2) * 255));
      expect(new Set(apart).size).toBe(1); // turned alike: rows differ by their places alone
      offsets.add(apart[0]!);
    }
  }
  const all = [101, 102, 103].flatMap((sharp) => [10, 20, 30].map((blurred) => `${sharp} ${blurred}`));
  expect([...combinations].sort()).toEqual(all);
  expect(offsets.size).toBeGreaterThan(20);
});

test("really blurred patches stay as they are: no JPEG, no deconvolution", () => {
  const sources = [{ layout: "unpaired", path: "a", blurredPath: "b" }];
  const parsed = (change: object) => () => dataSchema.parse({ patchPx: 16, sources, ...change });
  expect(parsed({})).not.toThrow();
  expect(parsed({ jpeg: { probability: 1, quality: [50, 90] } })).toThrow(/leave out data.jpeg/);
  expect(parsed({ deconvolved: { scenes: 3 } })).toThrow(/leave out data.deconvolved/);
  expect(() => dataSchema.parse({ patchPx: 16, sources: [{ ...sources[0], noiseSigma: [0, 0.1] }] })).toThrow();
});

test("a folder without blurred photos is named", async () => {
  const data = dataSchema.parse({
    patchPx: 16,
    sources: [{ layout: "unpaired", path: "apart/sharp", blurredPath: "cache-of-none" }],
  });
  await expect(loadPlan(data, folder, 4)).rejects.toThrow(/cache-of-none: expected a folder with photos/);
});
