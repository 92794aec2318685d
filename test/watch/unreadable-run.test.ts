/**
 * @file A run that cannot be read beside one that can, as `unblur watch` serves them. Needs the built page (`npm run
 * build:web`).
 */
import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startWatch } from "../../apps/watch/server.js";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "unblur-watch-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const row = (step: number) => `${JSON.stringify({ step, imagesSeen: step, loss: 1, elapsedMs: step })}\n`;

function makeRun(name: string, config: string): string {
  const path = join(folder, name);
  mkdirSync(path);
  writeFileSync(join(path, "config.json"), config);
  writeFileSync(join(path, "metrics.jsonl"), row(1) + row(2));
  return path;
}

test("it is told once and left out, the other goes on, and it is found when it is mended", async () => {
  const good = makeRun("00001-good", "{}");
  const broken = makeRun("00002-broken", "{");
  const problems: string[] = [];
  const watch = await startWatch(folder, 0, (problem) => problems.push(problem));
  const steps = async () => {
    const facts = (await (await fetch(`${watch.url}/api/runs`)).json()) as { name: string; step: number }[];
    return Object.fromEntries(facts.map(({ name, step }) => [name, step]));
  };
  try {
    expect(await steps()).toEqual({ "00001-good": 2 });
    appendFileSync(join(good, "metrics.jsonl"), row(3));
    await expect.poll(steps, { timeout: 30_000 }).toEqual({ "00001-good": 3 });
    expect(problems).toEqual([
      expect.stringMatching(/00002-broken.config\.json: expected the config of a run as JSON/),
    ]);
    writeFileSync(join(broken, "config.json"), "{}");
    await expect.poll(steps, { timeout: 30_000 }).toEqual({ "00001-good": 3, "00002-broken": 2 });
  } finally {
    await watch.close();
  }
});
