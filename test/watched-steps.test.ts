/** @file Who looks at the steps of a restoration: the picture is the same, and what was shown stays what it was. */
import { expect, test } from "vitest";
import { loadRestorer } from "../platform/node/load-restorer.js";
import { Rng } from "../src/base/random.js";

test.each(["ancestral", "ddim"] as const)(
  "%s: who looks at the steps changes nothing, and each estimate stays what it was",
  async (kind) => {
    const [width, height] = [60, 40];
    const data = Rng.fromSeed(4)
      .uniforms(3 * width * height)
      .map((u) => 2 * u - 1);
    const photo = { width, height, channels: 3, data };
    const restorer = await loadRestorer();
    const options = { steps: 3, seed: 2, sampler: { kind } };
    const seen: Float32Array[] = [];
    const copies: Float32Array[] = [];
    const watched = await restorer.restore(photo, {
      ...options,
      onStep({ denoised }) {
        seen.push(denoised);
        copies.push(denoised.slice());
      },
    });
    expect(seen).toEqual(copies);
    expect(copies[1]).not.toEqual(copies[0]);
    expect((await restorer.restore(photo, options)).restored.data).toEqual(watched.restored.data);
    await restorer.release();
  },
);
