/** @file Inputs of the hypotheses: crops around places of the photo, each at several sizes. */
import type { LightCurve } from "../../blur/light.js";
import type { Planes } from "../../images/image.js";
import { greyPlanes } from "../../images/pixels.js";
import { clippedPixels, inAnyChannel, keptPixels } from "../clipped-light.js";
import type { PlaceInput } from "./finders.js";
import { type Level, pyramid, windowsOf } from "./pyramid.js";

export interface PlaceCentre {
  /** Position in pixels of the photo. */
  readonly x: number;
  readonly y: number;
}

export interface PlaceInputs {
  /** Input at a place for kernels of this reach; `eachLevel` as in `EstimateSettings`. */
  at(middle: PlaceCentre, reachPx: number, eachLevel: 1 | 2): PlaceInput;
}

/** Input from a photo's light [C, H, W]; kernels reach at most `mostPx` to each side. */
export function placeInputs(light: Planes, curve: LightCurve, mostPx: number): PlaceInputs {
  const levels = pyramid(greyPlanes(light), mostPx);
  const clipped = clippedPixels(light);
  const clippedLevels: readonly Level[] | null = clipped && pyramid(inAnyChannel(clipped), mostPx);
  return {
    at(middle, reachPx, eachLevel) {
      const masks = clippedLevels && windowsOf(clippedLevels, middle, reachPx, eachLevel);
      const windows = windowsOf(levels, middle, reachPx, eachLevel).map((shown, level) => ({
        ...shown,
        keep: masks && keptPixels(masks[level]!.observed, shown.reachPx),
      }));
      // Every hypothesis is scored on the same window, whatever windows it was estimated from.
      const [scoring] = windowsOf(levels.slice(0, 1), middle, mostPx);
      const [mask] = clippedLevels ? windowsOf(clippedLevels.slice(0, 1), middle, mostPx) : [];
      return { windows, observed: scoring!.observed, keep: mask ? keptPixels(mask.observed, mostPx) : null, curve };
    },
  };
}
