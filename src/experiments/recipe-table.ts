/** @file What a comparison of recipes measured, as the tables of a decision page. */
import { METRICS, type MetricName } from "../evaluation/metrics/catalog.js";
import type { Scores } from "../evaluation/scores.js";
import { createNetwork } from "../networks/catalog.js";
import { countParameters } from "../nn/parameters.js";
import type { RunConfig } from "../training/run-config.js";
import { PROOF_METRICS } from "./model-proof.js";
import { type Recipe, recipeRuns } from "./recipes.js";

export interface RecipeRow {
  /** Which photos: "GoPro", "Kodak". */
  readonly set: string;
  readonly name: string;
  /** How it was restored: "input" for not at all, "4" for four steps. */
  readonly way: string;
  readonly scores: Scores;
}

export interface RecipeMeasure {
  readonly recipe: string;
  readonly seed: number;
  /** Of training, all stages. */
  readonly seconds: number;
  readonly rows: readonly RecipeRow[];
}

const INPUT = "input";
const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
const unique = (list: readonly string[]) => [...new Set(list)];

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

/** NaN if no photo has a value. */
function meanScore({ rows }: RecipeMeasure, set: string, way: string, metric: MetricName): number {
  const values = rows.flatMap((row) =>
    row.set === set && row.way === way && typeof row.scores[metric] === "number" ? [row.scores[metric]] : [],
  );
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** dB of PSNR above the input. */
export const recipeGain = (measure: RecipeMeasure, set: string, way: string): number =>
  meanScore(measure, set, way, "psnr") - meanScore(measure, set, INPUT, "psnr");

const signed = (value: number) => `${value < 0 ? "−" : "+"}${Math.abs(value).toFixed(2)}`;

const ofSeeds = (measures: readonly RecipeMeasure[], words: (measure: RecipeMeasure) => string) =>
  unique(measures.map(words)).join(" / ");

/** The recipes on one set of photos, a row for each way to restore, the values of the seeds beside each other. */
function recipeTable(set: string, recipes: readonly Recipe[], measures: readonly RecipeMeasure[]): string {
  const row = (name: string, own: readonly RecipeMeasure[], way: string) => [
    ...[name, way],
    way === INPUT ? "" : ofSeeds(own, (measure) => signed(recipeGain(measure, set, way))),
    ...PROOF_METRICS.map((metric) =>
      ofSeeds(own, (measure) => meanScore(measure, set, way, metric).toFixed(Math.min(3, METRICS[metric].digits))),
    ),
  ];
  const rows = recipes.flatMap(({ name }, i) => {
    const own = measures.filter(({ recipe }) => recipe === name);
    const ways = unique(own.flatMap((measure) => measure.rows.map(({ way }) => way)));
    return ways.filter((way) => i === 0 || way !== INPUT).map((way) => row(way === INPUT ? "" : name, own, way));
  });
  return table([set, "steps", "gain, dB", ...PROOF_METRICS], rows);
}

/** What each choice of the predictor alone is worth at the same compute. */
function sweepTable(recipes: readonly Recipe[], base: RunConfig, measures: readonly RecipeMeasure[]): string {
  const sets = unique(measures.flatMap(({ rows }) => rows.map(({ set }) => set)));
  const rows = recipes.flatMap((recipe) => {
    const own = measures.filter((measure) => measure.recipe === recipe.name);
    const { config } = recipeRuns(recipe, base, 1)[0]!;
    if (own.length === 0) return [];
    return [
      [
        ...[recipe.name, recipe.summary],
        countParameters(createNetwork(config.model.predictor!.network).parameters).toLocaleString("en"),
        `${config.steps} of ${config.batchSize}`,
        ofSeeds(own, ({ seconds }) => seconds.toFixed(0)),
        ...sets.map((set) => ofSeeds(own, (measure) => signed(recipeGain(measure, set, "0")))),
      ],
    ];
  });
  return table(["", "", "parameters", "batches", "seconds", ...sets.map((set) => `${set}, dB`)], rows);
}

/** Markdown: a table for each set of photos with the recipes, then one with the sweep of the predictor's choices. */
export function recipeTables(recipes: readonly Recipe[], base: RunConfig, measures: readonly RecipeMeasure[]): string {
  const compared = recipes.filter(({ kind }) => kind === "recipe");
  const [reference] = compared;
  const swept = [reference!, ...recipes.filter(({ kind }) => kind === "sweep")];
  const sets = unique(measures.flatMap(({ rows }) => rows.map(({ set }) => set)));
  return [...sets.map((set) => recipeTable(set, compared, measures)), sweepTable(swept, base, measures), ""].join(
    "\n\n",
  );
}
