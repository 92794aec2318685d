import { readdirSync } from "node:fs";
import { expect, test } from "vitest";
import { DEFAULT_PRESET, PRESET_NAMES, PRESETS, presetSettings } from "./presets.js";

test("every preset names a packaged model, and the default one is among them", () => {
  const packaged = readdirSync(new URL("../../models", import.meta.url));
  for (const { model } of Object.values(PRESETS)) expect(packaged).toContain(model);
  expect(PRESET_NAMES).toContain(DEFAULT_PRESET);
});

test("what is asked for wins over the preset", () => {
  expect(presetSettings({})).toEqual({ model: undefined, realism: undefined });
  expect(presetSettings({ preset: "fast" })).toEqual({ model: "fast", realism: undefined });
  expect(presetSettings({ preset: "detailed" })).toEqual({ model: "default", realism: PRESETS.detailed.texture });
  expect(presetSettings({ preset: "detailed", steps: 0 }).realism).toBeUndefined();
  expect(presetSettings({ preset: "detailed", texture: 0, model: "mine" })).toEqual({ model: "mine", realism: 0 });
});

test("an unknown preset is refused", () => {
  for (const preset of ["slow", "toString", null])
    expect(() => presetSettings({ preset: preset as never })).toThrow(
      /^preset: expected one of fast, natural, detailed, /,
    );
});

test("the older name of texture still counts, but not beside the new one", () => {
  expect(presetSettings({ realism: 0.3 }).realism).toBe(0.3);
  expect(() => presetSettings({ realism: 0.3, texture: 0.3 })).toThrow(/expected one of them, got both/);
});
