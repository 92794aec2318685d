import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parseRunConfig } from "../training/run-config.js";
import { recipeGain, recipeTables } from "./recipe-table.js";
import { RECIPES, recipeRuns, stepMultiplyAdds } from "./recipes.js";

const file = join(import.meta.dirname, "../../configs/recipes/base.json");
const base = parseRunConfig(JSON.parse(readFileSync(file, "utf8")), file);

test.each(RECIPES)("$name is made of valid runs and takes as much compute as the base", (recipe) => {
  const runs = recipeRuns(recipe, base, 3);
  for (const { config } of runs) {
    const predictorFrom = config.objective.kind === "diffusion" && config.model.predictor ? "a run" : null;
    expect(parseRunConfig({ ...config, predictorFrom }, recipe.name)).toEqual({ ...config, predictorFrom });
    expect(config.seed).toBe(3);
  }
  const compute = runs.reduce((sum, { config }) => sum + config.steps * stepMultiplyAdds(config), 0);
  expect(Math.abs(compute / (base.steps * stepMultiplyAdds(base)) - 1)).toBeLessThan(0.005);
});

test("a step of a refiner costs what it trains three times, and its predictor once", () => {
  const [, refiner] = recipeRuns(RECIPES.find(({ name }) => name === "residual")!, base, 1);
  const alone = stepMultiplyAdds({ ...refiner!.config, model: { ...refiner!.config.model, predictor: null } });
  expect(stepMultiplyAdds(refiner!.config) - alone).toBe(stepMultiplyAdds(base) / 3);
});

test("tables have the means of photos and the seeds side by side", () => {
  const measure = (seed: number, restored: readonly number[]) => ({
    ...{ recipe: "predictor", seed, seconds: 100 * seed },
    rows: restored.flatMap((psnr, i) => [
      { set: "GoPro", name: String(i), way: "input", scores: { psnr: 20 + i } },
      { set: "GoPro", name: String(i), way: "0", scores: { psnr } },
    ]),
  });
  const measures = [measure(1, [21, 24]), measure(2, [20.5, 20.5])];
  expect(recipeGain(measures[0]!, "GoPro", "0")).toBe(2);
  const text = recipeTables(RECIPES, base, measures);
  expect(text).toContain("| predictor | 0 | +2.00 / +0.00 | 22.500 / 20.500 |");
  expect(text).toContain("| 100 / 200 | +2.00 / +0.00 |");
});
