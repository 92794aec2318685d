import { expect, test } from "vitest";
import { choicesFromHash, hashFromChoices } from "./shared-choices.js";

test("a link carries the choices there and back", () => {
  const hash = hashFromChoices({ steps: 8, realism: 0.25, samples: 3, seed: 7 });
  expect(hash).toBe("#steps=8&realism=0.25&samples=3&seed=7");
  expect(choicesFromHash(hash)).toEqual({ steps: 8, realism: 0.25, samples: 3, seed: 7 });
  expect(hashFromChoices({ steps: null, seed: 0 })).toBe("#seed=0");
});

test.each(["", "#", "#steps=-1", "#steps=many&realism=2", "#samples=1000000", "#photo=secret"])(
  "%s: what is out of bounds or unknown is left out",
  (hash) => {
    expect(choicesFromHash(hash)).toEqual({});
  },
);
