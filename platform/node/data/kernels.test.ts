/** @file Batches with the kernel of each patch's blur: what the kernel makes of the sharp patch is the blurry one. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Rng } from "../../../src/base/random.js";
import { dataSchema, kernelSidePx } from "../../../src/data/config.js";
import { saveBelow } from "../../../test/labelled-pictures.js";
import { openBatches } from "./batches.js";
import { loadPlan } from "./load-plan.js";

const folder = mkdtempSync(join(tmpdir(), "unblur-kernels-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

beforeAll(async () => {
  const data = Uint8Array.from(Rng.fromSeed(6).uniforms(3 * 90 * 80), (value) => 255 * value);
  await saveBelow(folder, "photos/noise.png", { width: 90, height: 80, channels: 3, data });
});

const PATCH = 32;

test("kernels are turned with their patches, and are the same in a worker", async () => {
  const blur = {
    // Neither kernel has a symmetry.
    kernels: [
      {
        kind: "given",
        rows: [
          [0, 3, 0, 0, 1],
          [0, 0, 2, 0, 0],
          [0, 0, 1, 0, 0],
        ],
      }, // prettier-ignore
      { kind: "camera-shake", lengthPx: [6, 10] },
    ],
    light: [{ curve: "encoded" }],
  };
  const data = dataSchema.parse({
    patchPx: PATCH,
    kernels: true,
    sources: [{ layout: "photos", path: "photos", blur }],
  });
  const side = kernelSidePx(data);
  expect(side).toBe(13); // a path of 10 px reaches 5 px and one pixel's neighbour
  const { plan } = await loadPlan(data, folder, 3);
  const options = { plan, seed: 4, cacheFolder: join(folder, "cache") };
  await using batches = openBatches({ ...options, workers: 0 });
  await using again = openBatches({ ...options, workers: 1 });
  const seen = new Set<string>();
  for (let step = 0; step < 6; step++) {
    const [{ y, x0, kernels }, other] = [await batches.batch(step), await again.batch(step)];
    expect(kernels).toHaveLength(3 * side * side);
    expect(Buffer.from(other.kernels!.buffer).equals(Buffer.from(kernels!.buffer))).toBe(true);
    for (let i = 0; i < 3; i++) {
      const kernel = kernels!.subarray(i * side * side, (i + 1) * side * side);
      seen.add(kernel.join());
      expect(kernel.reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 5);
      const reach = side >> 1;
      let worst = 0;
      for (let c = 0; c < 3; c++) {
        const at = (values: Float32Array, row: number, column: number) =>
          values[((i * 3 + c) * PATCH + row) * PATCH + column]!;
        for (let row = reach; row < PATCH - reach; row++)
          for (let column = reach; column < PATCH - reach; column++) {
            let sum = 0;
            for (let u = -reach; u <= reach; u++)
              for (let v = -reach; v <= reach; v++)
                sum += kernel[(u + reach) * side + v + reach]! * at(x0, row - u, column - v);
            worst = Math.max(worst, Math.abs(sum - at(y, row, column)));
          }
      }
      expect(worst).toBeLessThan(1e-5);
    }
  }
  expect(seen.size).toBeGreaterThan(10);
});

test("data without kernels have none in their batches", async () => {
  const data = dataSchema.parse({
    patchPx: PATCH,
    sources: [{ layout: "photos", path: "photos", blur: { kernels: [{ kind: "linear", lengthPx: [3, 3] }] } }],
  });
  const { plan } = await loadPlan(data, folder, 1);
  await using batches = openBatches({ plan, seed: 1, workers: 0, cacheFolder: join(folder, "cache") });
  expect(await batches.batch(0)).not.toHaveProperty("kernels");
});
