/** @file What hypotheses are tried on: the places of a photo, each seen in several sizes. */
import type { LightCurve } from "../../blur/light.js";
import type { Planes } from "../../images/image.js";
import { greyPlanes } from "../../images/pixels.js";
import { clippedPixels, inAnyChannel, keptPixels } from "../clipped-light.js";
import type { Sight } from "./finders.js";
import { type Level, pyramid, windowsOf } from "./pyramid.js";

export interface Middle {
  /** In pixels of the photo. */
  readonly x: number;
  readonly y: number;
}

export interface PhotoSights {
  /** Of the kernels that are looked for, `reachPx` and `eachLevel` of their settings. */
  at(middle: Middle, reachPx: number, eachLevel: 1 | 2): Sight;
  /** [C, H, W], as of `clippedPixels`. */
  readonly clipped: Planes | null;
}

/** Of a photo's light [C, H, W]; kernels reach over `mostPx` to each side at most. */
export function sightsOf(light: Planes, curve: LightCurve, mostPx: number): PhotoSights {
  const levels = pyramid(greyPlanes(light), mostPx);
  const clipped = clippedPixels(light);
  const clippedLevels: readonly Level[] | null = clipped && pyramid(inAnyChannel(clipped), mostPx);
  return {
    clipped,
    at(middle, reachPx, eachLevel) {
      const masks = clippedLevels && windowsOf(clippedLevels, middle, reachPx, eachLevel);
      const windows = windowsOf(levels, middle, reachPx, eachLevel).map((shown, level) => ({
        ...shown,
        keep: masks && keptPixels(masks[level]!.seen, shown.reachPx),
      }));
      // Every hypothesis is judged on the same window, whatever it was found on.
      const [judged] = windowsOf(levels.slice(0, 1), middle, mostPx);
      const [mask] = clippedLevels ? windowsOf(clippedLevels.slice(0, 1), middle, mostPx) : [];
      return { windows, seen: judged!.seen, keep: mask ? keptPixels(mask.seen, mostPx) : null, curve };
    },
  };
}
