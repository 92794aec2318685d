/** @file Between the values in a file and the amount of light: blur happens to light, files hold a curve of it. */
import type { Planes } from "../images/image.js";

interface Curve {
  readonly linear: (encoded: number) => number;
  readonly encoded: (linear: number) => number;
}

/**
 * - `encoded`: no curve; the values are taken for light, as most published data sets do.
 * - `gamma2.2`: light = value^2.2, the camera curve that the GoPro data set assumes (Nah et al. 2017, eq. 1).
 * - `srgb`: the curve of IEC 61966-2-1, linear near black.
 */
export const LIGHT_CURVES = {
  encoded: { linear: (v) => v, encoded: (v) => v },
  "gamma2.2": { linear: (v) => Math.max(v, 0) ** 2.2, encoded: (v) => Math.max(v, 0) ** (1 / 2.2) },
  srgb: {
    linear: (v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4),
    encoded: (v) => (v <= 0.0031308 ? v * 12.92 : 1.055 * v ** (1 / 2.4) - 0.055),
  },
} as const satisfies Record<string, Curve>;

export type LightCurve = keyof typeof LIGHT_CURVES;

const mapped = (planes: Planes, curve: (value: number) => number): Planes => ({
  ...planes,
  data: planes.data.map(curve),
});

/** Encoded values in "unit" range -> light, 1 at white. */
export const lightFromUnit = (planes: Planes, curve: LightCurve): Planes =>
  curve === "encoded" ? planes : mapped(planes, LIGHT_CURVES[curve].linear);

/** Light -> encoded values in "unit" range. Not clamped: more light than white stays above 1. */
export const unitFromLight = (planes: Planes, curve: LightCurve): Planes =>
  curve === "encoded" ? planes : mapped(planes, LIGHT_CURVES[curve].encoded);
