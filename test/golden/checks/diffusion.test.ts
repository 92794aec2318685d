/** @file The diffusion fixtures, value by value, and that a wrong value would be seen. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parseSafetensors } from "../../../src/exchange/safetensors.js";
import { checkDdpmChain } from "./diffusion/ddpm-chain.js";
import { diffusionChecks } from "./diffusion.js";
import { type Outcome, type Tensors, tensorsOf } from "./outcome.js";

const ROOT = join(import.meta.dirname, "../../../../shared/golden");
const failures = (outcomes: readonly Outcome[]): string[] =>
  outcomes.flatMap((outcome) =>
    outcome.kind === "compared" && !(outcome.error <= outcome.tolerance)
      ? [`${outcome.name}: ${outcome.error} > ${outcome.tolerance} at ${outcome.at}`]
      : [],
  );

/** Comparisons in the smaller files: all there are. Of the others at least 300. */
const SMALLER: Readonly<Record<string, number>> = { "diffusion/i2sb.json": 150, "diffusion/edm_kdiffusion.json": 282 };

test("every file of the folder is checked", () => {
  const there = readdirSync(join(ROOT, "diffusion")).map((name) => `diffusion/${name}`);
  expect(diffusionChecks.flatMap(({ files }) => files).sort()).toEqual(there.sort());
});

test.each(diffusionChecks)("$files", async ({ files, check }) => {
  const outcomes = await check(ROOT);
  expect(outcomes.filter(({ kind }) => kind === "compared").length).toBeGreaterThanOrEqual(SMALLER[files[0]!] ?? 301);
  expect(failures(outcomes)).toEqual([]);
  expect(outcomes.filter(({ kind }) => kind === "skipped")).toEqual([]);
});

test("one wrong value in a chain fails its row", async () => {
  const right = tensorsOf(parseSafetensors(readFileSync(join(ROOT, "diffusion/ddpm_chain.safetensors"))));
  const wrong = Float32Array.from(right.get("linear_clip/x"));
  wrong[5 * 192 + 7]! += 1e-4;
  const spoilt: Tensors = {
    ...right,
    rows: (name, size) =>
      name === "linear_clip/x"
        ? Array.from({ length: wrong.length / size }, (_, row) => wrong.subarray(row * size, (row + 1) * size))
        : right.rows(name, size),
  };
  const text: unknown = JSON.parse(readFileSync(join(ROOT, "diffusion/ddpm_chain.json"), "utf8"));
  const found = failures(await checkDdpmChain(text, spoilt));
  expect(found.length).toBe(1);
  expect(found[0]).toMatch(/^linear_clip x\[5\].*index 7/);
});
