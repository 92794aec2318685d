/**
 * @file Trains every recipe of src/experiments/recipes.ts at equal compute, measures all of them on the same parts of the same photos, and
 * prints the tables of docs/decisions/0028:
 *
 *   npx tsx scripts/compare-recipes.ts --data DATA --shake PAIRS [--runs runs/recipes] [--seeds 1,2] [--only NAMES] [--threads 1]
 *
 * DATA holds gopro, frames240 and photos; PAIRS is what `unblur blur DATA/photos/kodak*.jpg --out PAIRS --seed 3` wrote. What was trained and
 * measured before is not done again: stopped, it goes on.
 */
import { spawnSync } from "node:child_process";
import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { loadRestorer } from "../platform/node/load-restorer.js";
import { openPairs } from "../platform/node/pairs.js";
import { levelsFromRaster } from "../src/evaluation/metrics/levels.js";
import { scoresOf } from "../src/evaluation/scores.js";
import { PROOF_METRICS } from "../src/experiments/model-proof.js";
import { type RecipeMeasure, recipeTables } from "../src/experiments/recipe-table.js";
import { RECIPES, recipeRuns } from "../src/experiments/recipes.js";
import { cropRaster } from "../src/images/crop.js";
import type { Raster } from "../src/images/image.js";
import { restorePhoto } from "../src/restoration/restore-photo.js";
import type { Restorer } from "../src/restoration/restorer.js";
import { summariseSamples } from "../src/restoration/sample-summary.js";
import { parseRunConfig, type RunConfig } from "../src/training/run-config.js";

const { values } = parseArgs({
  options: {
    data: { type: "string" },
    shake: { type: "string" },
    runs: { type: "string", default: "runs/recipes" },
    seeds: { type: "string", default: "1,2" },
    only: { type: "string" },
    threads: { type: "string", default: "1" },
  },
});
const { data, shake, runs } = values;
if (!data || !shake) throw new Error("--data and --shake are needed");
mkdirSync(runs, { recursive: true });

/** The middle of a photo: enough to compare, and a diffusion over all pixels stays affordable. */
const [WIDTH, HEIGHT, PHOTOS] = [640, 384, 8];
const STEPS = [1, 4, 10];
const SAMPLES = 4;

const runFolder = (config: RunConfig): string | undefined => {
  const found = readdirSync(runs).find((name) => name.replace(/^\d+-/, "") === config.name);
  return found === undefined ? undefined : join(runs, found);
};

/** Trains a run to its end, in a process of its own; goes on where one was stopped. */
function trained(config: RunConfig): string {
  const train = (...args: string[]) => {
    const { status } = spawnSync(
      process.execPath,
      ["--import", "tsx", "apps/cli/main.ts", "train", ...args, "--out", runs, "--threads", values.threads],
      { stdio: ["ignore", "inherit", "inherit"] },
    );
    if (status !== 0) throw new Error(`training ${config.name} ended with ${status}`);
  };
  const before = runFolder(config);
  if (before === undefined) {
    const file = join(runs, `${config.name}.json`);
    writeFileSync(file, JSON.stringify(config, null, 2));
    train("--config", file, "--data", data!);
  } else if (!existsSync(join(before, "checkpoints", `step-${String(config.steps).padStart(8, "0")}.safetensors`)))
    train("--resume", before);
  return runFolder(config)!;
}

async function* photos(): AsyncGenerator<{ set: string; name: string; blurry: Raster; sharp: Raster }> {
  for (const [set, folder] of [
    ["GoPro", join(data!, "gopro/validation")],
    ["Kodak", shake!],
  ] as const) {
    const { pairs } = await openPairs(folder);
    let count = 0;
    for await (const { name, blurry, sharp } of pairs()) {
      if (count++ === PHOTOS) break;
      const [width, height] = [Math.min(WIDTH, blurry.width), Math.min(HEIGHT, blurry.height)];
      const rect = { left: (blurry.width - width) >> 1, top: (blurry.height - height) >> 1, width, height };
      yield { set, name, blurry: cropRaster(blurry, rect), sharp: cropRaster(sharp, rect) };
    }
  }
}

async function* ways(restorer: Restorer, predicts: boolean, blurry: Raster): AsyncGenerator<readonly [string, Raster]> {
  const restore = async (options: { steps: number; samples?: number }) =>
    (await restorePhoto(restorer, { raster: blurry, format: "png", metadata: {} }, { seed: 0, ...options })).map(
      ({ raster }) => raster,
    );
  yield ["input", blurry];
  if (predicts) yield ["0", (await restore({ steps: 0 }))[0]!];
  if (!restorer.diffuses) return;
  for (const steps of STEPS) {
    const drawn = await restore({ steps, samples: steps === 4 ? SAMPLES : 1 });
    yield [String(steps), drawn[0]!];
    if (steps === 4) yield [`mean of ${SAMPLES}`, summariseSamples(drawn).mean];
  }
}

async function measure(run: string, predicts: boolean): Promise<RecipeMeasure["rows"]> {
  const restorer = await loadRestorer(run, { threads: Number(values.threads) });
  const rows: RecipeMeasure["rows"][number][] = [];
  try {
    for await (const { set, name, blurry, sharp } of photos())
      for await (const [way, raster] of ways(restorer, predicts, blurry))
        rows.push({
          set,
          name,
          way,
          scores: scoresOf(levelsFromRaster(raster), levelsFromRaster(sharp), PROOF_METRICS),
        });
  } finally {
    await restorer.release();
  }
  return rows;
}

const base = parseRunConfig(JSON.parse(readFileSync("configs/recipes/base.json", "utf8")), "configs/recipes/base.json");
const results = join(runs, "results.jsonl");
const measured = (): RecipeMeasure[] =>
  existsSync(results)
    ? readFileSync(results, "utf8")
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line) as RecipeMeasure)
    : [];

const seeds = values.seeds.split(",").map(Number);
const names = values.only?.split(",");
for (const seed of seeds)
  for (const recipe of RECIPES) {
    if (names && !names.includes(recipe.name)) continue;
    if (recipe.kind === "sweep" && seed !== seeds[0]) continue;
    if (measured().some((before) => before.recipe === recipe.name && before.seed === seed)) continue;
    let [run, predicts] = ["", false];
    let seconds = 0;
    for (const { config } of recipeRuns(recipe, base, seed)) {
      run = trained({
        ...config,
        predictorFrom: config.objective.kind === "diffusion" && config.model.predictor ? run : null,
      });
      predicts = config.model.predictor !== null;
      const log = readFileSync(join(run, "metrics.jsonl"), "utf8").trim().split("\n");
      seconds += (JSON.parse(log.at(-1)!) as { elapsedMs: number }).elapsedMs / 1000;
    }
    appendFileSync(
      results,
      `${JSON.stringify({ recipe: recipe.name, seed, seconds, rows: await measure(run, predicts) })}\n`,
    );
  }
console.log(recipeTables(RECIPES, base, measured()));
