import { existsSync, mkdtempSync, rmSync, statSync, unlinkSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { OutputPlan } from "../../platform/node/photos/output-paths.js";
import { removeRecord, resultState, writeRecord } from "./record.js";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "unblur-record-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const planOf = (...names: string[]): OutputPlan => ({
  ...{ input: join(folder, "photo.jpg"), outputs: names.map((name) => join(folder, name)) },
  ...{ format: null, summary: null, kernels: null },
});

test("a result is done if it came after its own record, and taken if it has another or none", async () => {
  const plan = planOf("a.jpg");
  expect(await resultState(plan, "one")).toBe("free");
  await writeRecord(plan, "one", {});
  expect(await resultState(plan, "one")).toBe("free");
  writeFileSync(plan.outputs[0]!, "result");
  expect(await resultState(plan, "one")).toBe("done");
  expect(await resultState(plan, "two")).toBe("taken");
  await removeRecord(plan);
  expect(existsSync(join(folder, ".unblur"))).toBe(false);
  expect(await resultState(plan, "one")).toBe("taken");
});

test("what lay there before its record is not its result, until it is replaced", async () => {
  const plan = planOf("a.jpg");
  writeFileSync(plan.outputs[0]!, "before");
  await writeRecord(plan, "one", {});
  expect(await resultState(plan, "one")).toBe("taken");
  const { atime, mtimeMs } = statSync(plan.outputs[0]!);
  writeFileSync(plan.outputs[0]!, "result"); // of the same size
  utimesSync(plan.outputs[0]!, atime, new Date(mtimeMs + 1000));
  expect(await resultState(plan, "one")).toBe("done");
});

test("of several outputs all must be there; some of them are a kill's", async () => {
  const plan = planOf("a.1.jpg", "a.2.jpg");
  await writeRecord(plan, "one", {});
  writeFileSync(plan.outputs[0]!, "result");
  expect(await resultState(plan, "one")).toBe("half");
  writeFileSync(plan.outputs[1]!, "result");
  expect(await resultState(plan, "one")).toBe("done");
  unlinkSync(plan.outputs[0]!);
  expect(await resultState(plan, "one")).toBe("half");
});

test("a damaged record is none", async () => {
  const plan = planOf("a.jpg");
  await writeRecord(plan, "one", {});
  writeFileSync(plan.outputs[0]!, "result");
  writeFileSync(join(folder, ".unblur/a.jpg.json"), "{");
  expect(await resultState(plan, "one")).toBe("taken");
});
