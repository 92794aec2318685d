/**
 * @file Conversion between the values in a file and the amount of light: blur acts on light, files hold a curve of it.
 */
import type { Planes } from "../images/image.js";

interface Curve {
  readonly linear: (encoded: number) => number;
  readonly encoded: (linear: number) => number;
}

/**
 * - `encoded`: no curve; values are taken as light, the way most published data sets do.
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

/** A curve applied to planes. `out` may be the planes' own data; without it the result is a new array. */
type Mapping = (planes: Planes, out?: Float32Array) => Planes;

/** Nodes of the table over [0, 1]. Interpolation between them is at most 5e-6 off (0.001 of an 8-bit level). */
const NODES = 1 << 14;

/**
 * A curve for whole images. A table is ten times faster than powers, which would dominate the time of blurring crops
 * during training. `warp` places the nodes so that the curve is smooth between them. Values outside [0, 1] are computed
 * exactly.
 */
function tabulated(curve: (value: number) => number, warp: "none" | "sqrt"): Mapping {
  let table: Float64Array | null = null;
  return (planes, out = new Float32Array(planes.data.length)) => {
    table ??= Float64Array.from({ length: NODES + 2 }, (_, i) => curve(warp === "sqrt" ? (i / NODES) ** 2 : i / NODES));
    const nodes = table;
    for (let i = 0; i < out.length; i++) {
      const value = planes.data[i]!;
      if (!(value >= 0 && value <= 1)) {
        out[i] = curve(value);
        continue;
      }
      const at = (warp === "sqrt" ? Math.sqrt(value) : value) * NODES;
      const low = at | 0;
      const below = nodes[low]!;
      out[i] = below + (at - low) * (nodes[low + 1]! - below);
    }
    return { ...planes, data: out };
  };
}

const tablesOf = ({ linear, encoded }: Curve): { readonly linear: Mapping; readonly encoded: Mapping } => ({
  linear: tabulated(linear, "none"),
  encoded: tabulated(encoded, "sqrt"),
});
const same: Mapping = (planes, out) => {
  out?.set(planes.data);
  return out ? { ...planes, data: out } : planes;
};
const MAPPINGS = {
  encoded: { linear: same, encoded: same },
  "gamma2.2": tablesOf(LIGHT_CURVES["gamma2.2"]),
  srgb: tablesOf(LIGHT_CURVES.srgb),
} as const satisfies Record<LightCurve, { readonly linear: Mapping; readonly encoded: Mapping }>;

/**
 * Encoded values in "unit" range -> light, 1 at white. Writes to `out` (the planes' own data is allowed) or a new
 * array.
 */
export const lightFromUnit = (planes: Planes, curve: LightCurve, out?: Float32Array): Planes =>
  MAPPINGS[curve].linear(planes, out);

/** Light -> encoded values in "unit" range. Not clamped: light above white stays above 1. `out` as above. */
export const unitFromLight = (planes: Planes, curve: LightCurve, out?: Float32Array): Planes =>
  MAPPINGS[curve].encoded(planes, out);
