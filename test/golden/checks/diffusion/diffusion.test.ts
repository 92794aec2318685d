/** @file The diffusion fixtures, value by value, and that a wrong value would be seen. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parseSafetensors } from "../../../../src/checkpoints/safetensors.js";
import { checkBetaSchedules } from "./beta-schedules.js";
import { checkDdpmChain } from "./ddpm-chain.js";
import { checkDiffusersSchedulers } from "./diffusers-schedulers.js";
import { type Outcome, type Tensors, tensorsOf } from "./outcome.js";

const DIR = join(import.meta.dirname, "../../../../../shared/golden/diffusion");
const json = (name: string): unknown => JSON.parse(readFileSync(join(DIR, `${name}.json`), "utf8"));
const tensors = (name: string): Tensors => tensorsOf(parseSafetensors(readFileSync(join(DIR, `${name}.safetensors`))));

const CHECKS: Record<string, () => Promise<Outcome[]>> = {
  beta_schedules: async () => checkBetaSchedules(json("beta_schedules")),
  ddpm_chain: () => checkDdpmChain(json("ddpm_chain"), tensors("ddpm_chain")),
  diffusers_schedulers: () => checkDiffusersSchedulers(json("diffusers_schedulers"), tensors("diffusers_schedulers")),
};
const failures = (outcomes: readonly Outcome[]): string[] =>
  outcomes.flatMap((outcome) =>
    outcome.kind === "compared" && !(outcome.error <= outcome.tolerance)
      ? [`${outcome.name}: ${outcome.error} > ${outcome.tolerance} at ${outcome.at}`]
      : [],
  );

describe.each(Object.entries(CHECKS))("%s", (_, check) => {
  test("matches", async () => {
    const outcomes = await check();
    expect(outcomes.filter(({ kind }) => kind === "compared").length).toBeGreaterThan(400);
    expect(failures(outcomes)).toEqual([]);
  });
});

test("only schedulers not offered yet are left out", async () => {
  for (const check of Object.values(CHECKS))
    for (const outcome of await check())
      if (outcome.kind === "skipped")
        expect(outcome.reason).toMatch(/^(DPMSolver|Euler|Heun|UniPC)\w+ not offered yet$/);
});

test("one wrong value in a chain fails its row", async () => {
  const right = tensors("ddpm_chain");
  const wrong = Float32Array.from(right.get("linear_clip/x"));
  wrong[5 * 192 + 7]! += 1e-4;
  const spoilt: Tensors = {
    ...right,
    rows: (name, size) =>
      name === "linear_clip/x"
        ? Array.from({ length: wrong.length / size }, (_, row) => wrong.subarray(row * size, (row + 1) * size))
        : right.rows(name, size),
  };
  const found = failures(await checkDdpmChain(json("ddpm_chain"), spoilt));
  expect(found.length).toBe(1);
  expect(found[0]).toMatch(/^linear_clip x\[5\].*index 7/);
});
