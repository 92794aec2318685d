/** @file Sinusoidal encoding of the noise level sqrt(alphaBar), as in SR3 and the paper (no factor 2 pi). */
import { argumentError } from "../base/errors.js";
import { mul } from "../graph/ops/arithmetic.js";
import { constant } from "../graph/ops/constant.js";
import { cos, sin } from "../graph/ops/elementwise.js";
import { concat } from "../graph/ops/shape.js";
import type { Tensor } from "../graph/tensor.js";

/**
 * level: [N, 1] -> [N, channels], sines then cosines of level * 10000^(-k / (channels / 2)), k = 0 .. channels / 2 - 1.
 * Throws `argument` for an odd number of channels.
 */
export function noiseLevelEncoding(level: Tensor, channels: number): Tensor {
  if (channels % 2 !== 0) throw argumentError("noiseLevelEncoding", "channels must be even", channels);
  const half = channels / 2;
  const angles = mul(
    level,
    constant(
      Float32Array.from({ length: half }, (_, k) => 1e4 ** (-k / half)),
      [half],
    ),
  );
  return concat([sin(angles), cos(angles)], level.shape.length - 1);
}
