import { expect, test } from "vitest";
import { CONTROLS, choicesFromHash, FIRST_CHOICES, hashFromChoices } from "./choices.js";

test("a link brings every choice back, and says nothing of those that are the page's own", () => {
  const choices = {
    ...{ steps: 8, realism: 0.35, samples: 3, seed: 12 },
    ...{ stop: true, keepTone: false, restoreSharp: true, check: true },
  };
  expect(choicesFromHash(hashFromChoices(choices))).toEqual(choices);
  expect(hashFromChoices(FIRST_CHOICES)).toBe("#");
  expect(hashFromChoices({ ...FIRST_CHOICES, keepTone: false })).toBe("#keepTone=false");
});

test("what a link cannot mean is left out, and the rest is kept", () => {
  expect(choicesFromHash("#steps=-1&realism=2&samples=9&seed=5&keepTone=maybe&evil=1")).toEqual({ seed: 5 });
  expect(choicesFromHash("#steps=5000")).toEqual({});
  expect(choicesFromHash("")).toEqual({});
});

test("every choice has a control with an explanation", () => {
  expect(CONTROLS.map(({ name }) => name).sort()).toEqual(Object.keys(FIRST_CHOICES).sort());
  for (const { help } of CONTROLS) expect(help.length).toBeGreaterThan(10);
});
