import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  type ExperimentEvent,
  type ExperimentOptions,
  prepareExperiment,
  runExperiment,
} from "../platform/node/paper/experiment.js";
import { EXPERIMENTS } from "../src/paper/catalog.js";
import type { EvaluationTask, Experiment } from "../src/paper/plan.js";
import { evaluationRecords } from "../src/paper/report-parts.js";
import type { Results } from "../src/paper/results.js";
import { table1 } from "../src/paper/table-1.js";
import { openPage, pageTest } from "./page.js";
import { shrunk } from "./shrunk-experiment.js";
import { writeWavePairs } from "./training/wave-pairs.js";
import { unoptimisedRuntime } from "./unoptimised-runtime.js";

let folder: string;
const at = (...parts: string[]) => join(folder, ...parts);
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "unblur-experiments-"));
  await writeWavePairs(at("data", "train"), 3);
  await writeWavePairs(at("data", "test"), 2);
});
afterAll(() => rm(folder, { recursive: true }));

/** Enough to stop a training within. */
const STEPS = 3;

const options = (experiment: Experiment, out: string, signal?: AbortSignal): ExperimentOptions => ({
  ...{ experiment, scale: "tiny", data: at("data"), out: at(out) },
  runtime: unoptimisedRuntime(),
  command: `unblur experiment ${experiment.name}`,
  ...(signal ? { signal } : {}),
});

async function run(
  given: ExperimentOptions,
  onEvent: (event: ExperimentEvent) => void = () => {},
): Promise<ExperimentEvent[]> {
  const events: ExperimentEvent[] = [];
  for await (const event of runExperiment(given, await prepareExperiment(given))) {
    events.push(event);
    onEvent(event);
  }
  return events;
}

const numbersOf = async (out: string, name: string) => JSON.parse(await readFile(at(out, `${name}-tiny.json`), "utf8"));

describe("every experiment of the catalog", () => {
  pageTest.each(EXPERIMENTS.map((experiment) => [experiment.name, experiment] as const))(
    "%s goes from end to end, and its page opens without an error or a request",
    async (name, experiment) => {
      const events = await run(options(shrunk(experiment, STEPS), "all"));
      const report = events.at(-1)!;
      if (report.type !== "report") throw new Error(`expected a report, got ${report.type}`);
      const facts = await openPage(report.paths[0]!);
      expect(facts).toMatchObject({ errors: [], requests: [], broken: 0, emptyPlots: 0 });
      expect(facts.overflowPx).toBeLessThanOrEqual(0);
      for (const row of facts.zoom) for (const factor of row) expect(factor).toBeCloseTo(2, 3);
      const numbers = await numbersOf("all", name);
      expect(numbers.records.length).toBeGreaterThan(0);
      const lines = (await readFile(at("all", `${name}-tiny.csv`), "utf8")).trim().split("\r\n");
      expect(lines).toHaveLength(numbers.records.length + 1);
      const page = await readFile(report.paths[0]!, "utf8");
      expect(page).toContain("reduced scale");
      expect(page.match(/\b(NaN|undefined|null)\b(?![^<]*<\/script>)/g)).toBeNull();
    },
    480_000,
  );
});

describe("an experiment", { timeout: 240_000 }, () => {
  /** One run that draws and one that predicts, as Table 1 has them: where that is done, they are found. */
  const part: Experiment = {
    ...shrunk(table1, STEPS),
    plan(setting) {
      const whole = shrunk(table1, STEPS).plan(setting);
      const runs = whole.runs.filter(({ id }) => id === "ddpm-64" || id === "rcan-64");
      const tasks = whole.tasks.filter((task) => task.kind === "evaluation" && runs.some(({ id }) => id === task.run));
      const records = (results: Results) => evaluationRecords(tasks as EvaluationTask[], results);
      return { runs, tasks, report: (results) => ({ lead: "", notes: [], sections: [], records: records(results) }) };
    },
  };

  test("that was stopped while training and while measuring ends with the same weights and numbers", async () => {
    await run(options(part, "all"));
    const stopAt = async (stop: (event: ExperimentEvent) => boolean) => {
      const control = new AbortController();
      const given = options(part, "stopped", control.signal);
      await expect(run(given, (event) => stop(event) && control.abort())).rejects.toMatchObject({ code: "cancelled" });
    };
    await stopAt((event) => event.type === "training" && event.event.step === 2);
    let measured = 0;
    await stopAt((event) => event.type === "task" && event.done === 1 && ++measured === 2);
    const events = await run(options(part, "stopped"));
    // What was done stays done: every run was finished, and the first measurement has nothing left to do.
    expect(events.filter(({ type }) => type === "training")).toEqual([]);
    const [whole, stopped] = [await numbersOf("all", "table-1"), await numbersOf("stopped", "table-1")];
    const checksums = ({ runs }: typeof whole) =>
      Object.entries(runs).map(([id, facts]) => [id, (facts as { weightsChecksum: unknown }).weightsChecksum]);
    expect(checksums(stopped)).toEqual(checksums(whole));
    expect(checksums(whole)).toHaveLength(2);
    expect(stopped.records).toEqual(whole.records);
    expect(whole.records.length).toBeGreaterThan(10);
  });

  test("repeated computes nothing again", async () => {
    const given = options(part, "all");
    const { plan, found } = await prepareExperiment(given);
    expect([...found.values()].map((one) => one?.finished)).toEqual(plan.runs.map(() => true));
    const results = (await stat(at("all", "results"))).mtimeMs;
    const before = await numbersOf("all", "table-1");
    await run(given);
    expect((await stat(at("all", "results"))).mtimeMs).toBe(results);
    expect((await numbersOf("all", "table-1")).records).toEqual(before.records);
  });
});
