/**
 * @file A runtime whose only network is an exact denoiser: the whole restoration runs on it, with an answer known on
 * paper.
 */
import type { Denoiser } from "../../src/diffusion/denoiser.js";
import { levelFromSignal } from "../../src/diffusion/noise-level.js";
import { floatResult, floats, type Runtime } from "../../src/runtime/session.js";

/**
 * Every session gives `result` = E[x_0 | x_t, y] from its inputs `image` (blurry photo and x_t, 3 channels each) and
 * `level` (sqrt(alphaBar)), whatever the graph: for a model that predicts x0.
 */
export function oracleRuntime(denoiserOf: (y: Float32Array) => Denoiser): Runtime {
  return {
    description: "oracle",
    async open(graph) {
      const release = async () => {};
      return {
        graph,
        release,
        [Symbol.asyncDispose]: release,
        async run(feeds) {
          const image = floatResult(feeds, "image");
          const [, channels, height, width] = feeds.image!.shape as [number, number, number, number];
          if (channels !== 6) throw new Error(`expected the photo and x_t, got ${channels} channels`);
          const half = 3 * height * width;
          const denoised = await denoiserOf(image.slice(0, half))(
            image.slice(half),
            levelFromSignal(floatResult(feeds, "level")[0]!),
          );
          return { result: floats(denoised, [1, 3, height, width]) };
        },
      };
    },
  };
}
