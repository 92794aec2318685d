/**
 * @file Runs the trials of a module of `trials/` in child processes with limits on time and memory. The module exports
 * `trial: Trial`. A child runs one trial after another; when one of them ends or is ended, the next child goes on behind
 * it.
 */
import { type ChildProcess, fork } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Rng } from "../../src/base/random.js";
import { bundled } from "../bundled.js";
import type { Outcome, PartOptions, RobustnessPart } from "./part.js";

/**
 * A trial may compute for `seconds`. Processor time counts, so that other work on the machine makes no trial slow; one
 * that waits without computing ends after `waitSeconds`.
 */
const LIMITS = { seconds: 10, waitSeconds: 120, megabytes: 1024 } as const;
/** Time a child has to load its module and what the module prepares. */
const START_SECONDS = 600;
const WATCH_MS = 100;

/** Runs one hostile input. Resolves if the program accepted it; rejects with the program's error otherwise. */
export type Trial = (context: {
  /** Randomness of this trial alone. */
  readonly rng: Rng;
  readonly index: number;
  /** An empty folder, emptied after the trial. */
  readonly folder: string;
}) => Promise<void>;

/** Message from parent to child. */
export interface TrialOrder {
  readonly seed: number;
  readonly first: number;
  readonly end: number;
}

/** Message from child to parent: a trial begins, or has ended. */
export type TrialNews =
  | { readonly kind: "begun"; readonly trial: number }
  | { readonly kind: "ended"; readonly outcome: Outcome; readonly peakMegabytes: number };

/** Resident memory in MB; null where the system does not tell. */
function residentMegabytes(pid: number): number | null {
  try {
    return (Number(readFileSync(`/proc/${pid}/statm`, "utf8").split(" ")[1]) * 4096) / 2 ** 20;
  } catch {
    return null;
  }
}

/** Processor seconds of a process; null where the system does not tell. Linux counts in hundredths. */
function processorSeconds(pid: number): number | null {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]!.split(" ");
    return (Number(fields[11]) + Number(fields[12])) / 100;
  } catch {
    return null;
  }
}

/** Paths of the child's program and of the module of the trials. */
type Program = readonly [child: string, trials: string];

/** One child until it has done its trials or must be ended; yields what came of the trials. */
async function* trialsOfChild(part: string, [program, trials]: Program, order: TrialOrder): AsyncGenerator<Outcome> {
  const temporary = mkdtempSync(join(tmpdir(), "unblur-robustness-"));
  const queue: (Outcome | null)[] = [];
  let wake = (): void => {};
  const push = (outcome: Outcome | null): void => {
    queue.push(outcome);
    wake();
  };
  const child: ChildProcess = fork(program, [part, pathToFileURL(trials).href], {
    execArgv: ["--max-old-space-size=2048"],
    env: { ...process.env, TMPDIR: temporary, ORT_DISABLE_TELEMETRY: "1" },
    stdio: ["ignore", "ignore", "pipe", "ipc"],
  });
  let errors = "";
  child.stderr!.on("data", (chunk) => {
    errors = (errors + String(chunk)).slice(-2000);
  });
  let running: { trial: number; since: number; computed: number | null } | null = null;
  let verdict: "slow" | "large" | null = null;
  const started = performance.now();
  const end = (ending: Outcome["ending"], detail: string): void => {
    if (running)
      push({ trial: running.trial, ending, detail, elapsedMs: Math.round(performance.now() - running.since) });
    running = null;
  };
  const isLate = ({ since, computed }: NonNullable<typeof running>): boolean => {
    const waited = (performance.now() - since) / 1000;
    const now = processorSeconds(child.pid!);
    if (now === null || computed === null) return waited > LIMITS.seconds;
    return now - computed > LIMITS.seconds || waited > LIMITS.waitSeconds;
  };
  const watch = setInterval(() => {
    const late = running ? isLate(running) : performance.now() - started > START_SECONDS * 1000;
    const large = running && (residentMegabytes(child.pid!) ?? 0) > LIMITS.megabytes;
    if (!late && !large) return;
    verdict ??= large ? "large" : "slow";
    child.kill("SIGKILL");
  }, WATCH_MS);
  child.on("message", (news: TrialNews) => {
    if (news.kind === "begun")
      running = { trial: news.trial, since: performance.now(), computed: processorSeconds(child.pid!) };
    else {
      running = null;
      const large = news.peakMegabytes > LIMITS.megabytes;
      push(large ? { ...news.outcome, ending: "large", detail: `${news.peakMegabytes} MB` } : news.outcome);
      // The peak is the process's: the next trial needs a fresh one.
      if (large) child.kill("SIGKILL");
    }
  });
  const closed = new Promise<{ failedAtStart: string | null }>((resolve) => {
    child.once("close", (code, signal) => {
      clearInterval(watch);
      const why = `${signal ?? `exit code ${code}`} ${errors.trim()}`.trim();
      const idle = running === null && queue.length === 0 && code !== 0;
      if (verdict === "slow")
        end("slow", `no end after ${LIMITS.seconds} s of computing or ${LIMITS.waitSeconds} s of waiting`);
      else if (verdict === "large") end("large", `over ${LIMITS.megabytes} MB`);
      else end("crashed", why);
      push(null);
      resolve({ failedAtStart: idle ? why : null });
    });
  });
  child.send(order satisfies TrialOrder);
  let some = false;
  try {
    for (;;) {
      while (queue.length === 0) await new Promise<void>((resolve) => (wake = resolve));
      const outcome = queue.shift()!;
      if (outcome === null) break;
      some = true;
      yield outcome;
    }
    const { failedAtStart } = await closed;
    if (!some && failedAtStart !== null)
      throw new Error(`robustness: the child of ${part} does not start: ${failedAtStart}`);
  } finally {
    child.kill("SIGKILL");
    await closed;
    rmSync(temporary, { recursive: true, force: true });
  }
}

async function* allTrials(name: string, { seed, first, count }: PartOptions): AsyncGenerator<Outcome> {
  const program = await bundled("test/robustness/trial-child.ts", `test/robustness/trials/${name}.ts`);
  let next = first;
  while (next < first + count)
    for await (const outcome of trialsOfChild(name, program, { seed, first: next, end: first + count })) {
      yield outcome;
      next = outcome.trial + 1;
    }
}

/** A part whose trials are the `trial` that `trials/NAME.ts` exports. */
export const inChildren = (name: string, about: Omit<RobustnessPart, "run">): RobustnessPart => ({
  ...about,
  run: (options) => allTrials(name, options),
});
