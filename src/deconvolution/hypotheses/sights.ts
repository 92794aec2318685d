/** @file Input of the hypotheses: the places of a photo, each at several sizes. */
import type { LightCurve } from "../../blur/light.js";
import type { Planes } from "../../images/image.js";
import { greyPlanes } from "../../images/pixels.js";
import { clippedPixels, inAnyChannel, keptPixels } from "../clipped-light.js";
import type { Sight } from "./finders.js";
import { type Level, pyramid, windowsOf } from "./pyramid.js";

export interface Middle {
  /** Position in pixels of the photo. */
  readonly x: number;
  readonly y: number;
}

export interface PhotoSights {
  /** Input at a place for kernels of this reach; `eachLevel` as in `EstimateSettings`. */
  at(middle: Middle, reachPx: number, eachLevel: 1 | 2): Sight;
}

/** Input from a photo's light [C, H, W]; kernels reach at most `mostPx` to each side. */
export function sightsOf(light: Planes, curve: LightCurve, mostPx: number): PhotoSights {
  const levels = pyramid(greyPlanes(light), mostPx);
  const clipped = clippedPixels(light);
  const clippedLevels: readonly Level[] | null = clipped && pyramid(inAnyChannel(clipped), mostPx);
  return {
    at(middle, reachPx, eachLevel) {
      const masks = clippedLevels && windowsOf(clippedLevels, middle, reachPx, eachLevel);
      const windows = windowsOf(levels, middle, reachPx, eachLevel).map((shown, level) => ({
        ...shown,
        keep: masks && keptPixels(masks[level]!.seen, shown.reachPx),
      }));
      // Every hypothesis is judged on the same window, whatever windows it was estimated from.
      const [judged] = windowsOf(levels.slice(0, 1), middle, mostPx);
      const [mask] = clippedLevels ? windowsOf(clippedLevels.slice(0, 1), middle, mostPx) : [];
      return { windows, seen: judged!.seen, keep: mask ? keptPixels(mask.seen, mostPx) : null, curve };
    },
  };
}
