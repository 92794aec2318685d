/** @file Watching the steps of a restoration leaves its result the same, and the estimates stay what they were. */
import { expect, test } from "vitest";
import { loadRestorer } from "../platform/node/models/load-restorer.js";
import { Rng } from "../src/base/random.js";

test.each(["ancestral", "ddim"] as const)(
  "%s: watching the steps changes nothing, and each estimate stays what it was",
  async (kind) => {
    const [width, height] = [60, 40];
    const data = Rng.fromSeed(4)
      .uniforms(3 * width * height)
      .map((u) => 2 * u - 1);
    const photo = { width, height, channels: 3, data };
    const restorer = await loadRestorer("fast");
    const options = { steps: 3, seed: 2, sampler: { kind } };
    const seen: Float32Array[] = [];
    const copies: Float32Array[] = [];
    const watched = await restorer.restore(photo, {
      ...options,
      onStep({ estimate: { data } }) {
        seen.push(data);
        copies.push(data.slice());
      },
    });
    expect(seen).toEqual(copies);
    expect(copies[1]).not.toEqual(copies[0]);
    expect((await restorer.restore(photo, options)).restored.data).toEqual(watched.restored.data);
    await restorer.release();
  },
);
