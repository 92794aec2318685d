/**
 * @file A stop at any moment of a command's start, to the built program as process managers send it: each ends within
 * seconds, whether the signal comes before, while or after it begins to listen for one. Needs `npm run build`.
 */
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { builtProgram } from "./built.js";
import { waveNetwork, writeWavePairs } from "./training/wave-pairs.js";

const MAIN = builtProgram();
const EXAMPLE = join(import.meta.dirname, "../examples/friends-blurry.jpg");
/** Far beyond what a stop takes on a busy machine, and far less than the commands would take without one. */
const PATIENCE_MS = 40_000;
/** Loaded before the program: writes to descriptor 3 once the process its starter knows listens for SIGTERM. */
const TELLS_OF_LISTENING = `data:text/javascript,${encodeURIComponent(`
  import { writeSync } from "node:fs";
  const tell = (event) => {
    if (event !== "SIGTERM") return;
    process.off("newListener", tell);
    queueMicrotask(() => writeSync(3, "listening")); // "newListener" comes before the listener is there
  };
  if (!process.channel) process.on("newListener", tell);
`)}`;

/** When SIGTERM is sent: so many milliseconds after one of these events. */
interface Moment {
  readonly since: "start" | "listening" | "first word";
  readonly ms: number;
  readonly times?: number;
}

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
  /** Milliseconds from the start to each event. */
  readonly reached: ReadonlyMap<Moment["since"], number>;
  /** Files left in the temporary folder. */
  readonly left: readonly string[];
}

/** Starts the program and sends SIGTERM at a moment, 100 ms apart where it is sent more than once. */
async function stopped(argv: readonly string[], { since, ms, times = 1 }: Moment): Promise<End> {
  const temporary = mkdtempSync(join(folder, "tmp-"));
  const startedAt = performance.now();
  const child = spawn(process.execPath, ["--import", TELLS_OF_LISTENING, MAIN, ...argv], {
    env: { ...process.env, TMPDIR: temporary, UNBLUR_TOKEN: "" },
    stdio: ["ignore", "pipe", "pipe", "pipe"],
  });
  const reached = new Map<Moment["since"], number>();
  const reach = async (event: Moment["since"]) => {
    if (reached.has(event)) return;
    reached.set(event, performance.now() - startedAt);
    if (event !== since) return;
    for (let i = 0; i < times; i++) {
      const wait = i > 0 ? 100 : ms;
      if (wait > 0) await sleep(wait);
      child.kill("SIGTERM");
    }
  };
  let words = "";
  const hear = (data: Buffer) => {
    words += data.toString();
    void reach("first word");
  };
  child.stderr!.on("data", hear);
  child.stdout!.on("data", hear);
  child.stdio[3]!.on("data", () => void reach("listening"));
  void reach("start");
  const late = setTimeout(() => child.kill("SIGKILL"), PATIENCE_MS);
  const [code, by] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve) => {
    child.once("close", (...how) => resolve(how));
  });
  clearTimeout(late);
  const left = readdirSync(temporary);
  rmSync(temporary, { recursive: true });
  return { code, by, words, reached, left };
}

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
    () => [
      EXAMPLE,
      "--model",
      "fast",
      "--steps",
      "500",
      "--threads",
      "1",
      "--restore-sharp",
      "--out",
      join(folder, "out.png"),
    ],
    "130",
  ],
];

test.each(commands)("%s", async (_, argv, done) => {
  const first = await stopped(argv(), { since: "first word", ms: 0 });
  const listeningMs = first.reached.get("listening")!;
  const untilWordMs = first.reached.get("first word")! - listeningMs;
  // Before the program listens, the system ends it. Times from the start may fall on either side of that.
  const moments: readonly (readonly [Moment, readonly string[]])[] = [
    [{ since: "start", ms: 0.5 * listeningMs }, ["SIGTERM", done]],
    [{ since: "start", ms: 0.9 * listeningMs, times: 2 }, ["SIGTERM", "1", done]],
    [{ since: "listening", ms: 0 }, [done]],
    [{ since: "listening", ms: 0.5 * untilWordMs }, [done]],
    [{ since: "listening", ms: 0.8 * untilWordMs }, [done]],
    [{ since: "listening", ms: 0.3 * untilWordMs, times: 2 }, ["SIGTERM", "1", done]],
  ];
  const ends = [{ moment: "first word", end: first, allowed: [done] }];
  for (const [moment, allowed] of moments)
    ends.push({ moment: JSON.stringify(moment), end: await stopped(argv(), moment), allowed: [...allowed] });
  for (const { moment, end, allowed } of ends) {
    expect(allowed, `${moment}: ${end.words}`).toContain(end.by ?? String(end.code));
    // The system ended it at the second signal: the next program that starts removes what it left.
    if (end.by !== null && moment.includes(`"times":2`)) continue;
    expect(
      end.left.filter((name) => name.startsWith("unblur-")),
      moment,
    ).toEqual([]);
  }
});
