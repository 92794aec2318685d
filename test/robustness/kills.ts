/**
 * @file Kills without warning: training, packing, importing and writing a picture, at random moments and at the system
 * calls where a file gets its contents or its name. The work is then done again; nothing may be lost, half-written or
 * left behind.
 */
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Rng } from "../../src/base/random.js";
import { lacks, needed } from "../machine.js";
import type { Outcome, PartOptions, RobustnessPart } from "./part.js";
import { runNode } from "./program.js";
import { VICTIMS, type Victim } from "./victims.js";

type Kind = keyof typeof VICTIMS;
const KINDS = Object.keys(VICTIMS) as readonly Kind[];

/** System calls by what they do; of several names a machine has some. A kill comes before the call does anything. */
const CALLS = {
  fsync: "?fsync,?fdatasync",
  rename: "?rename,?renameat,?renameat2",
  link: "?link,?linkat",
  unlink: "?unlink,?unlinkat",
} as const;
type Call = keyof typeof CALLS;

/** Approximate number of calls that a process of each kind makes. */
const TIMES: Readonly<Record<Kind, Partial<Record<Call, number>>>> = {
  writing: { fsync: 4, rename: 2, link: 2, unlink: 2 },
  importing: { fsync: 9, rename: 5, unlink: 3 },
  packing: { fsync: 9, rename: 6, unlink: 4 },
  training: { fsync: 30, rename: 16, unlink: 3 },
};
/** Kills of one piece of work, one after the other. */
const MAX_KILLS = 2;

interface Prepared {
  readonly victim: Victim;
  /** Result of an undisturbed run. */
  readonly tookMs: number;
}

async function killAtCall(victim: Victim, folder: string, call: Call, count: number): Promise<boolean> {
  const under = [needed("strace"), "-f", "--seccomp-bpf", "-qqq", "-o", "/dev/null", "-e", `trace=${CALLS[call]}`];
  const inject = ["-e", `inject=${CALLS[call]}:signal=KILL:when=${count}`];
  const { code, signal, err } = await runNode(victim.args(folder), {
    under: [...under, ...inject],
    env: victim.env(folder),
  });
  if (signal === "SIGKILL" || code === 137) return true;
  if (code === 0) return false; // it made fewer such calls
  throw new Error(`ended with code ${code}: ${err.trim()}`);
}

async function killAtTime(victim: Victim, folder: string, afterMs: number): Promise<boolean> {
  const { code, signal, err } = await runNode(victim.args(folder), {
    env: victim.env(folder),
    started: (child) => void setTimeout(() => child.kill("SIGKILL"), afterMs).unref(),
  });
  if (signal === "SIGKILL") return true;
  if (code === 0) return false;
  throw new Error(`ended with code ${code}: ${err.trim()}`);
}

type Attempt = { readonly afterMs: number } | { readonly call: Call; readonly count: number };

/** Runs the work until an attempt kills it; says how, or null. */
async function firstKill(victim: Victim, folder: string, attempts: readonly Attempt[]): Promise<string | null> {
  for (const attempt of attempts)
    if ("call" in attempt) {
      if (await killAtCall(victim, folder, attempt.call, attempt.count)) return `at ${attempt.call} ${attempt.count}`;
    } else if (await killAtTime(victim, folder, attempt.afterMs)) return `after ${Math.round(attempt.afterMs)} ms`;
  return null;
}

/** Returns the fault, or null. */
async function trial({ victim, tookMs }: Prepared, kind: Kind, folder: string, rng: Rng): Promise<string | null> {
  victim.prepare(folder, rng.uniform(0) < 0.5);
  const calls = Object.entries(TIMES[kind]) as [Call, number][];
  const kills = 1 + rng.integer(MAX_KILLS, 1);
  for (let k = 0; k < kills; k++) {
    const own = rng.fork("kill", k);
    const [call, most] = calls[own.integer(calls.length, 0)]!;
    const count = 1 + own.integer(most, 1);
    const attempts = [
      ...(own.uniform(2) < 0.3 || lacks("strace") ? [{ afterMs: tookMs * own.uniform(3) }] : [{ call, count }]),
      // Whatever is done, something is forced to the disk: a kill that came too late is made up for.
      lacks("strace") ? { afterMs: 0 } : { call: "fsync" as const, count: 1 },
    ];
    const how = await firstKill(victim, folder, attempts);
    if (how === null) return "no kill came in time";
    const wrong = await victim.afterKill(folder);
    if (wrong) return `killed ${how}: ${wrong}`;
  }
  const { code, err } = await runNode(victim.args(folder), { env: victim.env(folder) });
  if (code !== 0) return `done again after a kill, it ended with code ${code}: ${err.trim()}`;
  const wrong = await victim.afterEnd(folder);
  return wrong && `done again after a kill: ${wrong}`;
}

async function* run({ seed, first, count }: PartOptions): AsyncGenerator<Outcome> {
  if (lacks("strace")) console.warn("robustness: strace is missing: kills at system calls are left out");
  const root = mkdtempSync(join(tmpdir(), "unblur-kills-"));
  const prepared = new Map<Kind, Prepared>();
  try {
    for (let index = first; index < first + count; index++) {
      const kind = KINDS[index % KINDS.length]!;
      const startedAt = performance.now();
      if (!prepared.has(kind)) {
        const shared = join(root, kind);
        mkdirSync(shared);
        const victim = await VICTIMS[kind](shared);
        const folder = join(root, `${kind}-timed`);
        mkdirSync(folder);
        victim.prepare(folder, false);
        const { elapsedMs } = await runNode(victim.args(folder), { env: victim.env(folder) });
        prepared.set(kind, { victim, tookMs: elapsedMs });
      }
      const folder = join(root, `${index}`);
      mkdirSync(folder);
      const detail = await trial(prepared.get(kind)!, kind, folder, Rng.fromSeed(seed).fork("kills", index)).catch(
        (error: Error) => error.message,
      );
      rmSync(folder, { recursive: true });
      yield {
        trial: index,
        ending: detail === null ? "accepted" : "failed",
        detail: detail === null ? "" : `${kind}: ${detail}`,
        elapsedMs: Math.round(performance.now() - startedAt),
      };
    }
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

export const kills: RobustnessPart = {
  summary: "kills of training, packing, importing and writing, which are then done again",
  testCount: KINDS.length,
  share: 100,
  run,
};
