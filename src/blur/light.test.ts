import { expect, test } from "vitest";
import { LIGHT_CURVES, type LightCurve, lightFromUnit, unitFromLight } from "./light.js";

const values = Float32Array.from({ length: 20_001 }, (_, i) => (i / 20_000) ** 3 * 1.5 - 0.01);
const planes = { width: values.length, height: 1, channels: 1, data: values };

test.each(Object.keys(LIGHT_CURVES) as LightCurve[])(
  "%s: over an image as over single values, to 0.002 of an 8-bit level",
  (curve) => {
    const worst = (actual: Float32Array, exact: (value: number) => number) =>
      actual.reduce((most, value, i) => Math.max(most, Math.abs(value - exact(values[i]!))), 0);
    expect(worst(lightFromUnit(planes, curve).data, LIGHT_CURVES[curve].linear)).toBeLessThan(1e-6);
    expect(worst(unitFromLight(planes, curve).data, LIGHT_CURVES[curve].encoded)).toBeLessThan(8e-6);
  },
);
