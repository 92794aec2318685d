import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { sourceSchema } from "../data/config.js";
import { createSchedule } from "../diffusion/schedule-catalog.js";
import { createNetwork } from "../networks/catalog.js";
import { countParameters } from "../nn/parameters.js";
import { partOf } from "../training/objectives/catalog.js";
import { parseRunConfig } from "../training/run-config.js";
import { attention } from "./attention.js";
import { EXPERIMENTS } from "./catalog.js";
import { estimate } from "./estimate.js";
import { figure4, VARIANTS } from "./figure-4.js";
import type { Setting } from "./plan.js";
import { SCALES, type Scale } from "./scale.js";
import { sde } from "./sde.js";
import { table1 } from "./table-1.js";

const CONFIGS = join(import.meta.dirname, "../../configs");
const config = (name: string) => parseRunConfig(JSON.parse(readFileSync(join(CONFIGS, `${name}.json`), "utf8")), name);
const training = sourceSchema.parse({ layout: "gopro", path: "train", blurKind: "either" });
const setting = (scale: Scale): Setting => ({ scale, data: { training, test: "test" }, config });
const all = SCALES.flatMap((scale) => EXPERIMENTS.map((experiment) => [experiment.name, scale, experiment] as const));

describe("plans", () => {
  test.each(all)(
    "%s at scale %s is consistent: valid configs, unique ids, tasks of its own runs",
    (_, scale, experiment) => {
      const { runs, models = [], tasks } = experiment.plan(setting(scale));
      const ids = [...runs, ...models, ...tasks].map(({ id }) => id);
      expect(new Set(ids).size).toBe(ids.length);
      expect(runs.length).toBeGreaterThan(0);
      expect(tasks.length).toBeGreaterThan(0);
      for (const task of tasks) expect([...runs, ...models].map(({ id }) => id)).toContain(task.run);
      for (const run of runs) {
        expect(parseRunConfig(run.config, run.id)).toEqual(run.config);
        expect(run.config.data.sources.map(({ path }) => path)).toEqual(["train"]); // never the test pictures
      }
      const names = runs.map(({ config: { name } }) => name);
      expect(new Set(names).size).toBe(names.length);
    },
  );

  test("the paper's scale has the paper's config, with the given data", () => {
    for (const cropPx of [64, 128] as const) {
      const own = config(`paper/ddpm-${cropPx}`);
      const run = table1.plan(setting("paper")).runs.find(({ id }) => id === `ddpm-${cropPx}`)!;
      expect({ ...run.config, name: own.name, data: own.data, samplesEvery: own.samplesEvery }).toEqual(own);
      expect(run.config.data.patchPx).toBe(cropPx);
    }
  });

  test("at the paper's scale every network of Table 1 has the paper's or its publication's number of parameters", () => {
    const { runs } = table1.plan(setting("paper"));
    const counts = runs.map(({ id, config: { model, objective } }) => [
      id,
      countParameters(createNetwork(model[partOf(objective)]!.network).parameters),
    ]);
    const expected = {
      ddpm: 20_743_011,
      han: 15_739_481,
      rcan: 15_296_955,
      "mimo-unet": 9_907_331,
      "deblurgan-v2": 3_312_707,
      dbgan: 11_588_163,
    };
    for (const [id, count] of counts)
      expect([id, count]).toEqual([id, expected[String(id).replace(/-\d+$/, "") as "ddpm"]]);
  });

  test("figure 4, attention and figures 1 and 2 share Table 1's runs, so that nothing is trained twice", () => {
    for (const scale of SCALES) {
      const trained = table1.plan(setting(scale)).runs.map((run) => run.config);
      for (const other of [figure4, attention])
        expect(trained).toContainEqual(other.plan(setting(scale)).runs[0]!.config);
      for (const name of ["figure-1", "figure-2"])
        expect(
          EXPERIMENTS.find((one) => one.name === name)!
            .plan(setting(scale))
            .runs.map((run) => run.config),
        ).toEqual(trained);
    }
  });

  test("the evaluations that a figure shares with Table 1 are identical", () => {
    const tasks = table1.plan(setting("tiny")).tasks;
    for (const name of ["figure-1", "figure-2"])
      for (const task of EXPERIMENTS.find((one) => one.name === name)!.plan(setting("tiny")).tasks)
        expect(tasks).toContainEqual(task);
  });
});

describe("figure 4's schedules", () => {
  const snrAtEnd = (id: (typeof VARIANTS)[number]["id"]) => {
    const alphaBar = createSchedule(VARIANTS.find((variant) => variant.id === id)!.schedule).alphaBars.at(-1)!;
    return alphaBar / (1 - alphaBar);
  };

  test("end with the signal-to-noise ratios of the paper's matching: 0.15 at T = 400, 0.006 at T = 1000, none rescaled", () => {
    expect(snrAtEnd("eps-400")).toBeCloseTo(0.15, 2);
    expect(snrAtEnd("eps-1000")).toBeCloseTo(0.006, 3);
    expect(snrAtEnd("eps-2000")).toBeLessThan(1e-20);
    expect(snrAtEnd("v-400-zero")).toBe(0);
  });

  test("the matched 400 are the paper's cleanest 400", () => {
    const [whole, short] = ["eps-2000", "eps-400"].map((id) =>
      createSchedule(VARIANTS.find((one) => one.id === id)!.schedule),
    );
    for (const t of [0, 1, 200, 399]) expect(short!.betas[t]).toBeCloseTo(whole!.betas[t]!, 12);
  });
});

test("sde: every family is sampled with every applicable sampler", () => {
  const ids = sde.plan(setting("tiny")).tasks.map(({ id }) => id.split(", ").slice(0, 2).join(" "));
  expect(ids).toContain("ve predictor-corrector");
  expect(ids).not.toContain("sub-vp predictor-corrector");
  for (const family of ["vp", "sub-vp", "ve"]) expect(ids.filter((id) => id === `${family} ancestral`)).toHaveLength(4);
});

test("twice the steps take twice the time, twice the speed takes half", () => {
  const { runs } = table1.plan(setting("tiny"));
  const [run] = runs;
  const twice = { ...run!, config: { ...run!.config, steps: 2 * run!.config.steps } };
  const ms = (one: typeof twice, multiplyAddsPerMs: number) =>
    estimate({ runs: [one], tasks: [] }, "tiny", { multiplyAddsPerMs, testPictures: 5 }).totalMs;
  expect(ms(twice, 1e6)).toBeCloseTo(2 * ms(run!, 1e6), 6);
  expect(ms(run!, 2e6)).toBeCloseTo(ms(run!, 1e6) / 2, 6);
});
