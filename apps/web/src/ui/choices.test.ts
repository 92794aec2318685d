import { expect, test } from "vitest";
import {
  changed,
  choicesFromHash,
  EXPERT_CONTROLS,
  FIRST_CHOICES,
  hashFromChoices,
  MAIN_CONTROLS,
  textureOf,
} from "./choices.js";

test("a link brings every choice back, and says nothing of those that are the page's own", () => {
  const choices = {
    ...{ preset: "detailed" as const, texture: 0.35, strength: 0.8, steps: 8, samples: 3, seed: 12 },
    ...{ stop: true, keepTone: false, restoreSharp: true, check: true, showSteps: true },
  };
  expect(choicesFromHash(hashFromChoices(choices))).toEqual(choices);
  expect(hashFromChoices(FIRST_CHOICES)).toBe("#");
  expect(hashFromChoices({ ...FIRST_CHOICES, keepTone: false })).toBe("#keepTone=false");
});

test("what a link cannot mean is left out, and the rest is kept", () => {
  expect(choicesFromHash("#steps=-1&texture=2&samples=9&seed=5&keepTone=maybe&preset=best&evil=1")).toEqual({
    seed: 5,
  });
  expect(choicesFromHash("#steps=5000")).toEqual({});
  expect(choicesFromHash("#realism=0.5")).toEqual({ texture: 0.5 }); // links made before the setting had its name
  expect(choicesFromHash("")).toEqual({});
});

test("every choice but the preset has a control with an explanation", () => {
  const controls = [...MAIN_CONTROLS, ...EXPERT_CONTROLS];
  expect(["preset", ...controls.map(({ name }) => name)].sort()).toEqual(Object.keys(FIRST_CHOICES).sort());
  for (const { help } of controls) expect(help.length).toBeGreaterThan(10);
});

test("the texture shown is the one that is restored with", () => {
  expect(textureOf(FIRST_CHOICES)).toBe(0);
  expect(textureOf({ ...FIRST_CHOICES, steps: 4 })).toBe(1);
  expect(textureOf({ ...FIRST_CHOICES, preset: "detailed" })).toBe(0.5);
  expect(textureOf({ ...FIRST_CHOICES, preset: "detailed", steps: 0 })).toBe(0);
  expect(textureOf({ ...FIRST_CHOICES, texture: 0.2 })).toBe(0.2);
});

test("a change takes back what it contradicts", () => {
  const several = { ...FIRST_CHOICES, samples: 3, stop: true };
  expect(changed(several, { texture: 0 })).toMatchObject({ texture: 0, samples: 1, stop: false });
  expect(textureOf(changed({ ...FIRST_CHOICES, texture: 0 }, { samples: 3 }))).toBe(1);
  expect(changed({ ...FIRST_CHOICES, steps: 0 }, { texture: 0.4 })).toMatchObject({ steps: null, texture: 0.4 });
  expect(textureOf(changed({ ...FIRST_CHOICES, texture: 0.4 }, { steps: 0 }))).toBe(0);
  expect(changed({ ...FIRST_CHOICES, texture: 0.4 }, { preset: "detailed" })).toMatchObject({ texture: null });
});
