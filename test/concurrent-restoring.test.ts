/** @file Several calls of one restorer at once: each gets its own result, in turn, and a release comes last. */
import { afterAll, expect, test } from "vitest";
import { loadRestorer } from "../platform/node/models/load-restorer.js";
import { createRuntime } from "../platform/node/threads/runtime.js";
import { Rng } from "../src/base/random.js";
import type { Planes } from "../src/images/image.js";
import { createNetwork } from "../src/networks/catalog.js";
import { modelConfigSchema } from "../src/restoration/model-config.js";
import { createRestorer, type Restorer } from "../src/restoration/restorer.js";
import { aliveWeights } from "./oracle/alive-weights.js";

const rng = Rng.fromSeed(8);
const photoOf = (width: number, height: number): Planes => ({
  ...{ width, height, channels: 3 },
  data: rng
    .fork(width, height)
    .uniforms(3 * width * height)
    .map((u) => 2 * u - 1),
});
const SIZES = [
  [72, 48],
  [40, 96],
  [24, 24],
] as const;
const photos = SIZES.map(([width, height]) => photoOf(width, height));

/** A predictor that is small enough to be restored with in milliseconds. */
function smallRestorer(): Restorer {
  const network = { architecture: "residual-unet", widths: [4], blocks: [1], middleBlocks: 0, addInput: true };
  const config = modelConfigSchema.parse({ predictor: { network: { ...network, inChannels: 3 } } });
  const { parameters } = createNetwork(config.predictor!.network);
  const weights = { predictor: aliveWeights(parameters, { initial: rng, instead: rng, scale: 0.05 }) };
  return createRestorer({ name: "small", config, weights }, createRuntime({ threads: 1 }));
}

const opened: Restorer[] = [];
afterAll(async () => {
  for (const restorer of opened) await restorer.release();
});
const kept = (restorer: Restorer): Restorer => {
  opened.push(restorer);
  return restorer;
};

test("photos of different sizes at once come out as one after the other, with the model of the package", async () => {
  const restorer = kept(await loadRestorer("default", { threads: 1 }));
  const options = { steps: 2, seed: 5 };
  const alone: Float32Array[] = [];
  for (const photo of photos) alone.push((await restorer.restore(photo, options)).restored.data);
  const together = await Promise.all(photos.map((photo) => restorer.restore(photo, options)));
  expect(together.map(({ restored }) => restored.data)).toEqual(alone);
  const inTurn = await Promise.all(photos.map((photo) => restorer.inTurn((open) => open.restore(photo, options))));
  expect(inTurn.map(({ restored }) => restored.data)).toEqual(alone);
});

test("one restoration runs at a time", async () => {
  const restorer = kept(smallRestorer());
  const order: number[] = [];
  await Promise.all(
    photos.map((photo, i) =>
      restorer.restore(photo, { onProgress: () => order.push(i) }).then(() => order.push(10 + i)),
    ),
  );
  expect(order).toEqual([0, 10, 1, 11, 2, 12]);
});

test("a call that is cancelled while it waits ends at once, and the others go on", async () => {
  const restorer = kept(smallRestorer());
  const controller = new AbortController();
  const ended: string[] = [];
  const restore = (name: string, signal?: AbortSignal) =>
    restorer.restore(photos[0]!, signal ? { signal } : {}).then(
      () => ended.push(name),
      (error: { code: string }) => ended.push(`${name} ${error.code}`),
    );
  const calls = [restore("first"), restore("second", controller.signal), restore("third")];
  controller.abort();
  await Promise.all(calls);
  expect(ended).toEqual(["second cancelled", "first", "third"]);
});

test("a call that fails does not hold up the next", async () => {
  const restorer = kept(smallRestorer());
  const wrong = restorer.restore({ ...photos[0]!, channels: 1 });
  const right = restorer.restore(photos[0]!);
  await expect(wrong).rejects.toMatchObject({ code: "shape" });
  expect((await right).restored.width).toBe(72);
});

test("a release waits for the calls before it, and refuses those after it", async () => {
  const restorer = smallRestorer();
  const before = photos.flatMap((photo) => [restorer.restore(photo), restorer.inTurn((open) => open.restore(photo))]);
  const released = restorer.release();
  await expect(restorer.restore(photos[0]!)).rejects.toMatchObject({
    code: "argument",
    message: expect.stringMatching(/"small" has been released; open it again/),
  });
  await expect(restorer.inTurn((open) => open.restore(photos[0]!))).rejects.toMatchObject({ code: "argument" });
  expect(await Promise.all(before)).toHaveLength(6);
  await released;
  await restorer.release();
});
