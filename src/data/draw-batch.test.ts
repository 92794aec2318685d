/** @file Runs of different seeds over the same scenes. */
import { expect, test } from "vitest";
import { keptScenes } from "../../test/kept-scenes.js";
import type { Raster } from "../images/image.js";
import { dataSchema } from "./config.js";
import { dataRng, drawBatch } from "./draw-batch.js";

const SIDE = 64;
const photo: Raster = {
  ...{ width: SIDE, height: SIDE, channels: 3 },
  data: Uint8Array.from({ length: 3 * SIDE * SIDE }, (_, i) => (i * i) % 251),
};

/** The names of the scenes that a run of this seed draws from, and its first patch. */
async function scenesOf(seed: number, scenesSeed: number | null) {
  const reader = keptScenes(photo);
  const data = dataSchema.parse({
    ...{ patchPx: 16, augment: false, sources: [{ layout: "pairs", path: "." }] },
    deconvolved: { scenes: 2, sidePx: SIDE, seed: scenesSeed },
  });
  const items = [{ kind: "pair", name: "one", blurry: "blurry", sharp: "sharp" } as const];
  const plan = { sources: [{ config: data.sources[0]!, items }], data, batchSize: 8 };
  const { y } = await drawBatch(reader, plan, 0, dataRng(seed), (reason) => expect.fail(reason));
  return { names: [...reader.made.keys()].sort(), y };
}

test("scenes are the run's own, or shared by all runs that name their seed", { timeout: 60_000 }, async () => {
  const [first, second] = [await scenesOf(1, null), await scenesOf(2, null)];
  expect(first.names).toHaveLength(4); // of each scene the pair and its deconvolution
  expect(first.names.filter((name) => second.names.includes(name))).toEqual([]);
  const [shared, too] = [await scenesOf(1, 9), await scenesOf(2, 9)];
  expect(too.names).toEqual(shared.names);
  expect(too.y).not.toEqual(shared.y); // other places of the same scenes
  expect((await scenesOf(9, null)).names).toEqual(shared.names);
});
