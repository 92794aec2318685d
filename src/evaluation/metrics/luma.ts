/** @file Luma, for metrics on the Y channel. */
import { shapeError } from "../../base/errors.js";
import { channelOf, type Levels } from "./levels.js";

/**
 * RGB -> Y of BT.601, 16 (black) to 235 (white), as in MATLAB's rgb2ycbcr and BasicSR's to_y_channel; [1, H, W].
 * BasicSR divides by 255, weights and multiplies again in float32; this repeats its roundings. Grey is returned
 * unchanged.
 */
export function lumaBt601(levels: Levels): Levels {
  const { width, height, channels } = levels;
  if (channels === 1) return levels;
  if (channels !== 3) throw shapeError("lumaBt601", "[1 or 3, H, W]", [channels, height, width]);
  const [red, green, blue] = [channelOf(levels, 0), channelOf(levels, 1), channelOf(levels, 2)];
  const unit = (value: number) => Math.fround(value / 255);
  const data = red.map((r, i) =>
    Math.fround(Math.fround((24.966 * unit(blue[i]!) + 128.553 * unit(green[i]!) + 65.481 * unit(r) + 16) / 255) * 255),
  );
  return { width, height, channels: 1, data };
}
