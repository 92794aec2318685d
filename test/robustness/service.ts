/**
 * @file Part of `npm run robustness`: a service under more clients than it can serve, most of them slow, broken or
 * hostile. A trial is one client; meanwhile workers are killed and /health is asked. The last trial is the service as a
 * whole, afterwards: it lives, memory is flat, every accepted job has ended, a good client is served, and ended by
 * SIGTERM or kill -9 it leaves nothing.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { Rng } from "../../src/base/random.js";
import type { Ending, Outcome, PartOptions, RobustnessPart } from "./part.js";
import { messageFault } from "./plain-message.js";
import { CLIENT_NAMES, CLIENTS, somePhotos, type Visit } from "./service/hostile-clients.js";
import { allEnd, type Reply, TriedService } from "./service/tried-service.js";

const AT_ONCE = 24;
const KILL_EVERY = 20;
const SLOW_MS = 60_000;
const HEALTH_EVERY_MS = 200;
/** Median; other programs on the machine take their time, too. */
const HEALTH_MS = 50;
const GROWTH_MB = 120;
const MAX_MB = 400;

interface Seen {
  readonly healthMs: number[];
  readonly memoryMb: number[];
  kills: number;
}

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0;

/** Effect of one answer on its trial. `null`: the client did not wait for one. */
function judge(
  reply: Reply | null,
  service: TriedService,
  seen: Seen,
): { readonly ending: Ending; readonly detail: string } {
  if (!service.lives) return { ending: "crashed", detail: "the service ended" };
  if (reply === null) return { ending: "refused", detail: "" };
  const { status, text, ms } = reply;
  if (ms > SLOW_MS) return { ending: "slow", detail: `${status} after ${Math.round(ms)} ms` };
  const told = [service.temporary, process.cwd()].find((path) => text.includes(path));
  if (told !== undefined)
    return { ending: "failed", detail: `${status} tells the path ${told}: ${text.slice(0, 300)}` };
  if (status === 0) return { ending: "failed", detail: "the connection ended without an answer" };
  if (status < 400) return { ending: "accepted", detail: "" };
  let message: string;
  let code = "";
  try {
    const { error } = JSON.parse(text) as { error: { code: string; message: string } | string };
    [message, code] = typeof error === "string" ? [error, error] : [error.message, error.code];
  } catch {
    message = text;
  }
  const detail = `${status} ${code}: ${message}`;
  if (status >= 500 && status !== 503 && !(code === "crashed" && seen.kills > 0)) return { ending: "failed", detail };
  const fault = text === "" ? null : messageFault(message); // HEAD, and what Node's parser answers itself, have no body
  return fault === null ? { ending: "refused", detail } : { ending: "unclear", detail: `${fault}: ${detail}` };
}

async function watch(service: TriedService, seen: Seen, signal: AbortSignal): Promise<void> {
  while (!signal.aborted && service.lives) {
    const { status, ms } = await service.ask("/health", { from: "127.0.9.9" });
    seen.healthMs.push(status === 200 ? ms : Number.POSITIVE_INFINITY);
    if (service.residentMb !== null) seen.memoryMb.push(service.residentMb);
    await sleep(HEALTH_EVERY_MS);
  }
}

/** Returns the fault of the service once all clients have disconnected, or null. */
async function faultsAfterwards(
  service: TriedService,
  visit: Omit<Visit, "rng" | "from">,
  seen: Seen,
): Promise<string[]> {
  const faults: string[] = [];
  const expect = (right: boolean, fault: string) => right || faults.push(fault);
  const { photos, jobs } = visit;
  for (let i = 0; i < 1200 && (await service.unfinished()) > 0; i++) await sleep(50);
  expect((await service.unfinished()) === 0, "photos are unfinished a minute after the last client");
  for (const job of jobs) {
    const { status, text } = await service.ask(job);
    const state = status === 404 ? "forgotten" : (JSON.parse(text) as { state: string }).state;
    expect(/^(done|failed|cancelled|forgotten)$/.test(state), `${job} was accepted and is ${state}`);
  }
  const newcomer = await service.ask("/v1/restore?steps=0&restoreSharp=true", {
    ...{ method: "POST", headers: { "Content-Type": "application/octet-stream" }, from: "127.0.8.8", body: photos[0]! },
  });
  expect(
    newcomer.status === 200 && newcomer.ms < 20_000,
    `a newcomer got ${newcomer.status} after ${Math.round(newcomer.ms)} ms${newcomer.status === 200 ? "" : `: ${newcomer.text}`}`,
  );
  const third = Math.ceil(seen.memoryMb.length / 3);
  const growth = median(seen.memoryMb.slice(-third)) - median(seen.memoryMb.slice(third, 2 * third));
  expect(growth < GROWTH_MB, `memory grew by ${Math.round(growth)} MB from the second third to the last`);
  expect(Math.max(0, ...seen.memoryMb) < MAX_MB, `memory went up to ${Math.round(Math.max(...seen.memoryMb))} MB`);
  expect(median(seen.healthMs) < HEALTH_MS, `/health took ${Math.round(median(seen.healthMs))} ms (median)`);
  return faults;
}

/** Ends it by SIGTERM, and another one with work under way by kill -9; what either leaves. */
async function faultsOfTheEnd(service: TriedService, photo: Uint8Array): Promise<string[]> {
  const faults: string[] = [];
  const how = await service.end("SIGTERM", 30_000);
  if (how !== 0) faults.push(`SIGTERM: expected exit code 0, got ${how}`);
  if (service.leftovers.length > 0) faults.push(`SIGTERM: left ${service.leftovers.join(", ")}`);
  const killed = await TriedService.start([], service.temporary);
  const { workers } = killed;
  void killed.ask("/v1/restore?steps=100&restoreSharp=true", {
    method: "POST",
    body: photo,
    headers: { "Content-Type": "image/jpeg" },
  });
  await sleep(300);
  await killed.end("SIGKILL", 10_000);
  if (!(await allEnd(workers, 20_000))) faults.push("kill -9: processes that restore live on");
  const next = await TriedService.start([], service.temporary);
  if (next.leftovers.length !== 1)
    faults.push(`kill -9: the next service found and left ${next.leftovers.length - 1} folders`);
  await next.end("SIGTERM", 30_000);
  return faults;
}

async function* run({ seed, first, count }: PartOptions): AsyncGenerator<Outcome> {
  const service = await TriedService.start(["--max-megabytes", "1", "--stop-seconds", "5"]);
  const seen: Seen = { healthMs: [], memoryMb: [], kills: 0 };
  const gone = new AbortController();
  const watching = watch(service, seen, gone.signal);
  const shared = { service, photos: await somePhotos(), jobs: new Set<string>() };
  const rng = Rng.fromSeed(seed).fork("service");
  const visit = async (trial: number): Promise<Outcome> => {
    const own = rng.fork("trial", trial);
    if (trial % KILL_EVERY === KILL_EVERY - 1)
      for (const pid of service.workers) {
        seen.kills += 1;
        process.kill(pid, "SIGKILL");
      }
    const name = CLIENT_NAMES[own.fork("client").integer(CLIENT_NAMES.length)]!;
    const startedAt = performance.now();
    const from = `127.0.1.${1 + own.fork("from").integer(40)}`;
    const reply = await CLIENTS[name]({ ...shared, rng: own, from });
    const { ending, detail } = judge(reply, service, seen);
    return { trial, ending, detail: `${name}: ${detail}`, elapsedMs: Math.round(performance.now() - startedAt) };
  };
  try {
    const last = first + count - 1;
    for (let from = first; from < last; from += AT_ONCE)
      yield* await Promise.all(Array.from({ length: Math.min(AT_ONCE, last - from) }, (_, i) => visit(from + i)));
    const startedAt = performance.now();
    const faults = service.lives ? await faultsAfterwards(service, shared, seen) : ["the service ended"];
    gone.abort();
    await watching;
    if (service.lives) faults.push(...(await faultsOfTheEnd(service, shared.photos[0]!)));
    console.error(
      `service: /health median ${median(seen.healthMs).toFixed(0)} ms, at most ${Math.max(0, ...seen.healthMs).toFixed(0)} ms;` +
        ` memory at most ${Math.max(0, ...seen.memoryMb).toFixed(0)} MB; ${seen.kills} workers killed`,
    );
    const ending = faults.length === 0 ? "accepted" : "failed";
    yield { trial: last, ending, detail: faults.join("; "), elapsedMs: Math.round(performance.now() - startedAt) };
  } finally {
    gone.abort();
    if (service.lives) await service.end("SIGKILL", 10_000);
    service.removeTemporary();
  }
}

export const service: RobustnessPart = {
  summary: "a service under slow, broken and hostile clients, and what it leaves",
  testCount: 25,
  share: 1_000,
  run,
};
