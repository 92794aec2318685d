/**
 * @file A stop at any moment of a command's start, to the built program as process managers send it: each ends within seconds, whether the
 * signal comes before, while or after it begins to listen for one. Needs `npm run build`.
 */
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { waveNetwork, writeWavePairs } from "./training/wave-pairs.js";

const MAIN = join(import.meta.dirname, "../dist/apps/cli/main.js");
const EXAMPLE = join(import.meta.dirname, "../examples/friends-blurry.jpg");
/** Far beyond what a stop takes on a busy machine, and far less than the commands would take without one. */
const PATIENCE_MS = 40_000;
/** Parts of the time from the start to the first word. */
const MOMENTS = [0.2, 0.5, 0.8, 1.1];

let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "unblur-early-stop-"));
  await writeWavePairs(join(folder, "data"), 4);
  const config = {
    name: "waves",
    model: { predictor: { network: waveNetwork } },
    objective: { kind: "predictor" },
    data: { sources: [{ layout: "pairs", path: "." }], patchPx: 16 },
    ...{ batchSize: 2, steps: 10_000_000, optimiser: { kind: "adam" }, learningRate: { peak: 1e-3 } },
  };
  writeFileSync(join(folder, "config.json"), JSON.stringify(config));
  mkdirSync(join(folder, "run"));
  writeFileSync(join(folder, "run", "config.json"), JSON.stringify(config));
});
afterAll(() => rmSync(folder, { recursive: true }));

interface End {
  readonly code: number | null;
  readonly by: NodeJS.Signals | null;
  readonly words: string;
  /** From the start to the first word; null where none came. */
  readonly firstWordMs: number | null;
  /** What it left in the temporary folder. */
  readonly left: readonly string[];
}

/** Starts the program and sends SIGTERM `times` times after `ms`, or at its first word where that is not given. */
async function stopped(argv: readonly string[], ms?: number, times = 1): Promise<End> {
  const temporary = mkdtempSync(join(folder, "tmp-"));
  const startedAt = performance.now();
  const child = spawn(process.execPath, [MAIN, ...argv], {
    env: { ...process.env, TMPDIR: temporary, UNBLUR_TOKEN: "" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let words = "";
  let firstWordMs: number | null = null;
  const stop = async () => {
    for (let i = 0; i < times; i++) {
      if (i > 0) await sleep(100);
      child.kill("SIGTERM");
    }
  };
  const hear = (data: Buffer) => {
    words += data.toString();
    if (firstWordMs !== null) return;
    firstWordMs = performance.now() - startedAt;
    if (ms === undefined) void stop();
  };
  child.stderr.on("data", hear);
  child.stdout.on("data", hear);
  if (ms !== undefined) setTimeout(() => void stop(), ms);
  const late = setTimeout(() => child.kill("SIGKILL"), PATIENCE_MS);
  const [code, by] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve) => {
    child.once("close", (...how) => resolve(how));
  });
  clearTimeout(late);
  const left = readdirSync(temporary);
  rmSync(temporary, { recursive: true });
  return { code, by, words, firstWordMs, left };
}

/** Before the program hears signals, the system ends it. */
const howOf = ({ code, by }: End): string => by ?? String(code);

const commands: readonly (readonly [string, () => readonly string[], string])[] = [
  ["serve", () => ["serve", "--port", "0", "--threads", "1", "--stop-seconds", "1"], "0"],
  ["watch", () => ["watch", join(folder, "run"), "--port", "0"], "0"],
  [
    "train",
    () => [
      "train",
      "--config",
      join(folder, "config.json"),
      "--data",
      join(folder, "data"),
      "--out",
      join(folder, "runs"),
      "--threads",
      "1",
    ],
    "130",
  ],
  [
    "deblur",
    () => [EXAMPLE, "--steps", "500", "--threads", "1", "--restore-sharp", "--out", join(folder, "out.png")],
    "130",
  ],
];

test.each(commands)("%s", async (_, argv, done) => {
  const first = await stopped(argv());
  expect(howOf(first), first.words).toBe(done);
  const ends: unknown[] = [];
  for (const part of MOMENTS) {
    const end = await stopped(argv(), part * first.firstWordMs!);
    ends.push({ part, how: howOf(end), left: end.left });
    expect(["SIGTERM", done], `${part}: ${end.words}`).toContain(howOf(end));
    expect(end.left.filter((name) => name.startsWith("unblur-"))).toEqual([]);
  }
  for (const part of [0.5, 0.9]) {
    const end = await stopped(argv(), part * first.firstWordMs!, 2);
    expect(["SIGTERM", "1", done], `${part}, twice: ${end.words}`).toContain(howOf(end));
  }
  expect(
    ends.some((end) => (end as { how: string }).how === done),
    JSON.stringify(ends),
  ).toBe(true);
});
