import { expect, test } from "vitest";
import { chosenSteps } from "./chosen-steps.js";

const prediction = { steps: 0, diffusionSteps: 4 };
const diffusion = { steps: 5, diffusionSteps: 5 };

test("a model takes its steps unasked, or not, and any number that is asked for", () => {
  expect([chosenSteps({}, prediction), chosenSteps({}, diffusion)]).toEqual([0, 5]);
  expect([chosenSteps({ steps: 0 }, diffusion), chosenSteps({ steps: 9 }, prediction)]).toEqual([0, 9]);
  expect(chosenSteps({ samples: 1 }, prediction)).toBe(0);
});

test.each([
  { realism: 0.3 },
  { realism: 1 },
  { samples: 2 },
  { stop: "settled" as const },
  { sampler: { kind: "ddim" as const } },
])("%o takes the model's own number of steps, unless a number is said", (asked) => {
  expect(chosenSteps(asked, prediction)).toBe(4);
  expect(chosenSteps({ ...asked, steps: 2 }, prediction)).toBe(2);
});

test("realism 0 is the prediction, so it asks for no steps", () => {
  expect([chosenSteps({ realism: 0 }, prediction), chosenSteps({ realism: 0 }, diffusion)]).toEqual([0, 5]);
});
