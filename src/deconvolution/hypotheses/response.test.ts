import { expect, test } from "vitest";
import { chosenResponse } from "./response.js";

const at = (sparsity: number, residual: number) => [{ sparsity, residual }];

test("values are light where that is sharper and explains the photo better", () => {
  expect(chosenResponse({ encoded: at(-0.78, -0.1), "gamma2.2": at(-0.7, 0.6) })).toBe("encoded");
});

test("a smaller residual alone is no proof: flat light is smoothed more", () => {
  expect(chosenResponse({ encoded: at(-0.66, -0.07), "gamma2.2": at(-0.72, 0.5) })).toBe("gamma2.2");
});
