/**
 * @file Blur from a film: a long exposure is the average of short ones (Nah et al. 2017, GoPro). `blur_gamma` averages
 * light (gamma 2.2), `blur` averages the encoded values. The sharp partner is the middle frame.
 */
import { shapeError, UnblurError } from "../base/errors.js";
import type { Planes } from "../images/image.js";
import { type LightCurve, lightFromUnit, unitFromLight } from "./light.js";

/**
 * Frames [C, H, W] in "unit" range -> their average in light, encoded again. Frames are read one at a time; the sum in
 * float64 is the only other memory.
 */
export function averageFrames(frames: Iterable<Planes>, curve: LightCurve): Planes {
  let first: Planes | undefined;
  let sum = new Float64Array(0);
  let count = 0;
  for (const frame of frames) {
    first ??= frame;
    if (count === 0) sum = new Float64Array(frame.data.length);
    if (frame.width !== first.width || frame.height !== first.height || frame.channels !== first.channels)
      throw shapeError(
        `averageFrames: frame ${count}`,
        `[${first.channels}, ${first.height}, ${first.width}] as the first`,
        [frame.channels, frame.height, frame.width],
      );
    const light = lightFromUnit(frame, curve).data;
    for (let i = 0; i < sum.length; i++) sum[i]! += light[i]!;
    count++;
  }
  if (!first) throw new UnblurError("argument", "averageFrames: expected at least one frame, got none");
  return unitFromLight({ ...first, data: Float32Array.from(sum, (value) => value / count) }, curve);
}
