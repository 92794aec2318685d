/**
 * @file Killing a training process at any moment: never a damaged checkpoint, and no more lost than what came after the
 * last one.
 */
import { spawn } from "node:child_process";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { RunFolder } from "../../platform/node/runs/run-folder.js";
import { Rng } from "../../src/base/random.js";
import { parseSafetensors } from "../../src/exchange/safetensors.js";
import { loadNewestCheckpoint } from "../../src/training/run-store.js";
import { bundled } from "../bundled.js";
import { tinyObjective } from "./tiny-objective.js";
import { eventsOf, tinyRun } from "./tiny-run.js";

const KILLS = 8;

/** Starts training, waits for the next checkpoint and then a random moment, and kills without warning. */
async function trainAndKill(program: string, run: RunFolder, delayMs: number): Promise<void> {
  const before = (await run.checkpoints())[0];
  const child = spawn(process.execPath, [program, run.path]);
  let stderr = "";
  child.stderr.on("data", (text) => {
    stderr += text;
  });
  const ended = new Promise<NodeJS.Signals | null>((resolve) => child.on("exit", (_, signal) => resolve(signal)));
  const until = Date.now() + 30_000;
  while ((await run.checkpoints())[0] === before && Date.now() < until && child.exitCode === null)
    await new Promise((resolve) => setTimeout(resolve, 5));
  await new Promise((resolve) => setTimeout(resolve, delayMs));
  child.kill("SIGKILL");
  expect(await ended, stderr).toBe("SIGKILL"); // not ended by an error before
}

const lastStep = async (run: RunFolder): Promise<number> => {
  const lines = (await readFile(join(run.path, "metrics.jsonl"), "utf8")).split("\n");
  return Math.max(...lines.map((line) => Number(/^{"step":(\d+),.*}$/.exec(line)?.[1] ?? 0)));
};

test("killed at random moments, it goes on from the last checkpoint, and ends as if it had never been killed", async () => {
  const runs = await mkdtemp(join(tmpdir(), "unblur-kill-"));
  try {
    const [program] = await bundled("test/training/kill.child.ts");
    const run = await RunFolder.create(runs, "killed", {});
    let step = 0;
    for (let i = 0; i < KILLS; i++) {
      await trainAndKill(program, run, Rng.fromSeed(4).uniform(i) * 120);
      const names = await run.checkpoints();
      for (const name of names) parseSafetensors(await run.readCheckpoint(name), name);
      const { checkpoint, refused } = await loadNewestCheckpoint(run, null);
      expect(refused).toEqual([]);
      expect(checkpoint.progress.step).toBeGreaterThan(step);
      step = checkpoint.progress.step;
      expect((await lastStep(run)) - step, "steps lost").toBeLessThanOrEqual(3);
      const latest = (await readFile(join(run.path, "checkpoints", "latest"), "utf8")).trim();
      expect(names).toContain(latest);
    }
    // The same number of steps without being killed.
    const whole = await RunFolder.create(runs, "whole", {});
    const objective = tinyObjective(2, 16, 600);
    await eventsOf(tinyRun(whole, { objective, steps: 1e9, maxSteps: step }));
    const [expected, actual] = await Promise.all([whole, run].map((one) => loadNewestCheckpoint(one, null)));
    expect(actual!.checkpoint.progress.step).toBe(step);
    const differing = [...expected!.checkpoint.state].filter(([name, values]) =>
      Buffer.compare(Buffer.from(values.buffer), Buffer.from(actual!.checkpoint.state.get(name)!.buffer)),
    );
    expect(differing.map(([name]) => name)).toEqual([]);
    await run.clearLeftovers();
    expect((await readdir(join(run.path, "checkpoints"))).filter((name) => name.endsWith(".part"))).toEqual([]);
  } finally {
    await rm(runs, { recursive: true });
  }
}, 120_000);
