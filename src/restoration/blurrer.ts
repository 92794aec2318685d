/** @file A generator that blurs, open: sharp photos in, blurry ones out, to train on. */
import { argumentError, shapeError, UnblurError } from "../base/errors.js";
import type { Rng } from "../base/random.js";
import type { Planes } from "../images/image.js";
import { clipSigned } from "../images/pixels.js";
import { blurNoise, NOISE_CHANNELS } from "../networks/blur-noise.js";
import { createNetwork } from "../networks/catalog.js";
import type { Runtime } from "../runtime/session.js";
import type { ModelConfig } from "./model-config.js";
import { MAX_PIXELS, type Model } from "./restorer.js";
import { WindowedNetwork } from "./windowed-network.js";

export interface Blurrer {
  /**
   * The blurred photo, 3 channels in [-1, 1]. `sharp`: 3 channels in [-1, 1], any size from 1x1 up. `rng` draws the noise
   * map. Results do not depend on the windows; a network that normalises by the whole photo has one window. Throws
   * `shape` for other channels, and `cancelled`.
   */
  blur(sharp: Planes, rng: Rng, signal?: AbortSignal): Promise<Planes>;
  release(): Promise<void>;
}

/** Throws `argument` for a model that does not blur. */
export function requireBlurs(name: string, { blur }: ModelConfig): void {
  if (!blur)
    throw argumentError(
      "blur",
      "expected a run or model that learned to blur, as configs/gan/blur-small.json trains it; this one restores photos",
      name,
    );
}

/** Opens a model that blurs. Throws `argument` for one that restores, `checkpoint` for missing weights. */
export function createBlurrer(
  { name, config, weights }: Model,
  runtime: Runtime,
  { maxPixels = MAX_PIXELS }: { readonly maxPixels?: number } = {},
): Blurrer {
  requireBlurs(name, config);
  if (!weights.blur) throw new UnblurError("checkpoint", `model "${name}": the weights of its blur are missing`);
  const network = new WindowedNetwork(createNetwork(config.blur!.network), weights.blur, runtime, maxPixels);
  return {
    async blur(sharp, rng, signal) {
      if (sharp.channels !== 3) throw shapeError("blur: photo", "[3, height, width]", `${sharp.channels} channels`);
      const { width, height } = sharp;
      const noise = { channels: NOISE_CHANNELS, data: blurNoise(rng, sharp) };
      return { ...sharp, data: clipSigned(await network.run({ width, height, images: [sharp, noise], signal })) };
    },
    release: () => network.release(),
  };
}
