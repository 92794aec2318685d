import { expect, test } from "vitest";
import type { Runtime } from "../runtime/session.js";
import { floats } from "../runtime/session.js";
import { createTiledRestorer, parseGraphFile } from "./tiled-restorer.js";
import { tileStarts, tileWeights } from "./tiles.js";

test.each([1, 15, 16, 17, 28, 29, 100, 101])("tiles of 16 cover %i px and overlap by 4 or more", (length) => {
  const starts = tileStarts(length, 16, 4);
  expect(starts[0]).toBe(0);
  if (length > 16) expect(starts.at(-1)! + 16).toBe(length);
  for (const [i, start] of starts.slice(1).entries()) {
    expect(start).toBeGreaterThan(starts[i]!);
    expect(starts[i]! + 16 - start).toBeGreaterThanOrEqual(4);
  }
  expect(starts.length).toBe(length <= 16 ? 1 : Math.ceil((length - 4) / 12));
});

test("weights rise from inner ends only", () => {
  expect([...tileWeights(0, 20, 8, 2)]).toEqual([1, 1, 1, 1, 1, 1, 0.75, 0.25]);
  expect([...tileWeights(6, 20, 8, 2)]).toEqual([0.25, 0.75, 1, 1, 1, 1, 0.75, 0.25]);
  expect([...tileWeights(12, 20, 8, 2)]).toEqual([0.25, 0.75, 1, 1, 1, 1, 1, 1]);
});

const ABOUT = parseGraphFile(
  JSON.stringify({ format: "unblur graph model 1", name: "g", summary: "", license: "", side: 8, overlap: 3 }),
  "model.json",
)!;

/** A session that changes each pixel by itself: blending must not show. */
const runtime = (f: (value: number, i: number) => number): Runtime => ({
  description: "test",
  open: async (graph) => ({
    graph,
    run: async ({ image }) => ({ result: floats((image!.data as Float32Array).map(f), image!.shape) }),
    release: async () => {},
    [Symbol.asyncDispose]: async () => {},
  }),
});

test.each([
  [1, 1],
  [5, 30],
  [8, 8],
  [23, 17],
])("what is done to each pixel is done in tiles of a %i x %i photo", async (width, height) => {
  const data = Float32Array.from({ length: 3 * width * height }, (_, i) => Math.sin(i * i));
  const restorer = createTiledRestorer(
    ABOUT,
    new Uint8Array(),
    runtime((value) => 1 - value),
  );
  const { restored } = await restorer.restore({ width, height, channels: 3, data });
  expect(restored.data.length).toBe(data.length);
  for (const [i, value] of restored.data.entries()) expect(value).toBeCloseTo(-data[i]!, 5);
});

test("channels keep their places, and results stay in range", async () => {
  const restorer = createTiledRestorer(
    ABOUT,
    new Uint8Array(),
    runtime((_, i) => [-1, 0.25, 3][i % 3]!),
  );
  const { restored } = await restorer.restore({ width: 2, height: 1, channels: 3, data: new Float32Array(6) });
  expect([...restored.data]).toEqual([-1, -1, -0.5, -0.5, 1, 1]);
  const asked = restorer.restore({ width: 2, height: 1, channels: 3, data: new Float32Array(6) }, { steps: 2 });
  await expect(asked).rejects.toThrow(/0 steps/);
});
