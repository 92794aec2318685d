/** @file Light of a photo, part by part: that of a whole photo takes as much memory as the photo itself. */
import { type LightCurve, lightFromUnit } from "../blur/light.js";
import { crop, type Rect } from "../images/crop.js";
import type { Planes } from "../images/image.js";
import { unitFromSigned } from "../images/pixels.js";
import { clippedIn, hasClippedLight } from "./clipped-light.js";

/** The light of a picture of this size. */
export interface PhotoLight extends Pick<Planes, "width" | "height" | "channels"> {
  /** [C, H, W] of a part. */
  readonly of: (part: Rect) => Planes;
  /** [C, H, W] of a part: 1 where its light is clipped and therefore unknown; null if nothing in the photo is. */
  readonly clippedOf: ((light: Planes) => Planes) | null;
}

/** Lines that are converted at once where a whole photo is read. */
const BAND_ROWS = 64;

/** The picture in bands of 64 lines, from the top. */
export function* bandsOf({ width, height }: Pick<Planes, "width" | "height">): Generator<Rect> {
  for (let top = 0; top < height; top += BAND_ROWS)
    yield { left: 0, top, width, height: Math.min(BAND_ROWS, height - top) };
}

/** The light of a photo [C, H, W], "signed", under a response. */
export function photoLight(photo: Planes, response: LightCurve): PhotoLight {
  const { width, height, channels } = photo;
  const of = (part: Rect): Planes => {
    const unit = unitFromSigned(crop(photo, part));
    return lightFromUnit(unit, response, unit.data);
  };
  const clipped = hasClippedLight(
    (function* () {
      for (const band of bandsOf(photo)) yield of(band);
    })(),
  );
  return { width, height, channels, of, clippedOf: clipped ? clippedIn : null };
}
