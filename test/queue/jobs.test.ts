/**
 * @file What a worker does with jobs it may not, cannot or should no longer do; in one process with the test, on a real
 * Redis.
 */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { readAddress } from "../../apps/queue/address.js";
import { connect, type QueueConnection, workersThere } from "../../apps/queue/connection.js";
import { type HandOutEvent, handOut } from "../../apps/queue/hand-out.js";
import type { JobData } from "../../apps/queue/job.js";
import { JobClient, type RunOptions } from "../../apps/queue/job-client.js";
import { modelChecksum } from "../../apps/queue/model-checksum.js";
import { QueueWorker } from "../../apps/queue/queue-worker.js";
import { Store } from "../../apps/queue/store.js";
import { settingsSchema } from "../../apps/server/contract.js";
import { unblurVersion } from "../../platform/node/version.js";
import { HEIC_PHOTO } from "../heic-photo.js";
import { lacks } from "../machine.js";
import { filesBelow, MODEL, openWorkplace, until, type Workplace, writePhotos } from "./workplace.js";

describe.skipIf(lacks("redis"))("a worker", () => {
  let place: Workplace;
  let store: Store;
  let connection: QueueConnection;
  let client: JobClient;
  const home = process.env.UNBLUR_HOME;
  beforeAll(async () => {
    place = await openWorkplace();
    process.env.UNBLUR_HOME = join(place.folder, "home");
    await writePhotos(join(place.store, "photos"), 4);
    store = await Store.open(place.store);
    connection = await connect(readAddress(place.redis.url, {}));
    client = new JobClient(connection);
  });
  afterAll(async () => {
    if (home === undefined) delete process.env.UNBLUR_HOME;
    else process.env.UNBLUR_HOME = home;
    await client[Symbol.asyncDispose]();
    await connection[Symbol.asyncDispose]();
    await place[Symbol.asyncDispose]();
  });

  const stops: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const stop of stops.splice(0)) await stop();
    await client.queue.obliterate({ force: true });
    rmSync(join(place.store, "out"), { recursive: true, force: true });
  });
  const startWorker = async (options: { version?: string; store?: Store; name?: string; restMs?: number } = {}) => {
    const said: string[] = [];
    const own = await connect(readAddress(place.redis.url, {}));
    const worker = new QueueWorker(
      { connection: own, store, concurrency: 1, threads: 1, name: "w", restMs: 0, ...options },
      { say: (line) => said.push(line), ended: () => {} },
    );
    worker.start();
    stops.push(async () => {
      await worker.stop(0);
      await own[Symbol.asyncDispose]();
    });
    return { worker, said };
  };

  let jobs = 0;
  const jobOf = async (changes: { plan?: object; task?: object; data?: object } = {}): Promise<JobData> => ({
    ...{ version: unblurVersion, checksum: await modelChecksum(MODEL), store: await store.makeId() },
    task: {
      plan: {
        ...{ input: "photos/photo-0.jpg", outputs: [`out/result-${++jobs}.jpg`], format: null },
        ...{ summary: null, kernels: null, ...changes.plan },
      },
      ...{ mask: null, name: "photo-0.jpg", command: "a test", overwrite: false },
      settings: { ...settingsSchema.parse({ restoreSharp: true }), model: MODEL },
      ...changes.task,
    },
    ...{ decodeSeconds: 60, jobSeconds: 60, photo: { bytes: 1, modifiedSeconds: 0 } },
    ...changes.data,
  });
  const run = (data: JobData, options: Partial<RunOptions> = {}) =>
    client.run(`job-${++jobs}`, data, {
      ...{ priority: 0, attempts: 3, signal: new AbortController().signal, atStop: "stop", ...options },
    });
  const outside = () => readdirSync(place.folder).sort();

  test("of another version, other weights or another store refuses with its reason, and does nothing", async () => {
    const { said } = await startWorker();
    const refused: string[] = [];
    const onEvent: RunOptions["onEvent"] = (event) => event.type === "refused" && refused.push(event.why);
    const wrong = {
      version: { data: { version: "0.0.1" } },
      weights: { data: { checksum: "0".repeat(32) } },
      model: { task: { settings: { ...settingsSchema.parse({}), model: "elsewhere" } } },
      store: { data: { store: "11111111-1111-4111-8111-111111111111" } },
    };
    const results = Object.values(wrong).map(async (changes) => run(await jobOf(changes), { onEvent }));
    const reasons = (await Promise.allSettled(results)).map(
      (result) => (result as PromiseRejectedResult).reason.message,
    );
    expect(reasons).toEqual([
      expect.stringMatching(/no worker may do it: the worker w has version .*, the job needs 0\.0\.1/),
      expect.stringMatching(/the worker w has other weights of the model tiny .*; copy the model's folder/),
      expect.stringMatching(/the worker w has no model elsewhere; install it there/),
      expect.stringMatching(/another --store/),
    ]);
    expect(new Set(refused).size).toBe(4);
    expect(said.filter((line) => line.includes("restored"))).toEqual([]);
    expect(existsSync(join(place.store, "out"))).toBe(false);
  });

  test("leaves a job it may not do to one that may", async () => {
    await startWorker({ version: "0.0.1", name: "old" });
    const result = run(await jobOf());
    await startWorker({ name: "new" });
    expect(await result).toMatchObject({ worker: "new", computed: true });
  });

  test("fails no job for its refusals while another worker computes, or has just computed", async () => {
    const { worker: right } = await startWorker({ name: "right" });
    await run(await jobOf());
    const stopped = right.pids;
    for (const pid of stopped) process.kill(pid, "SIGSTOP");
    const first = run(await jobOf());
    await until(() => right.active === 1, "the right worker is busy");
    const { said } = await startWorker({ version: "0.0.1", name: "wrong", restMs: 500 });
    const second = run(await jobOf());
    const refusals = (count: number) =>
      Promise.race([second.catch(() => {}), until(() => said.length >= count, `${count} refusals`)]);
    await refusals(8);
    const end = right.stop(0);
    for (const pid of stopped) process.kill(pid, "SIGCONT");
    await end;
    await refusals(said.length + 2);
    await startWorker({ name: "next" });
    expect(await second).toMatchObject({ worker: "next" });
    expect(await first).toMatchObject({ computed: true });
  }, 60_000);

  test("rests after a refusal, so that it does not take every job of the queue", async () => {
    const restMs = 1000;
    const { said } = await startWorker({ version: "0.0.1", restMs });
    const stop = new AbortController();
    const jobs = await Promise.all(Array.from({ length: 8 }, () => jobOf()));
    const startedAt = performance.now();
    const ends = jobs.map((data) => run(data, { signal: stop.signal }).catch(() => {}));
    await until(() => said.length >= 4, "four refusals");
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(3 * restMs - 50);
    stop.abort();
    await Promise.all(ends);
  });

  test("reads and writes nothing outside its store", async () => {
    await startWorker();
    mkdirSync(join(place.folder, "elsewhere"), { recursive: true });
    if (!existsSync(join(place.store, "away"))) symlinkSync(join(place.folder, "elsewhere"), join(place.store, "away"));
    const before = outside();
    const plans = [
      { input: "../elsewhere/photo.jpg" },
      { input: "/etc/passwd" },
      { outputs: ["../result.jpg"] },
      { outputs: ["away/result.jpg"] },
      { outputs: ["out/../../result.jpg"] },
      { kernels: join(place.folder, "kernels.png") },
    ];
    for (const plan of plans)
      await expect(run(await jobOf({ plan })), JSON.stringify(plan)).rejects.toThrow(/expected a path below the store/);
    await expect(run(await jobOf({ task: { mask: "../mask.png" } }))).rejects.toThrow(
      /expected a path below the store/,
    );
    const settings = { ...settingsSchema.parse({}), model: "../../models/tiny" };
    await expect(run(await jobOf({ task: { settings } }))).rejects.toThrow(/the job: .*model/);
    expect(outside()).toEqual(before);
    expect(readdirSync(join(place.folder, "elsewhere"))).toEqual([]);
  });

  test("fails a broken and a vanished photo at once, without a record or a temporary file, and goes on", async () => {
    const { said } = await startWorker();
    writeFileSync(join(place.store, "photos/broken.jpg"), "no picture");
    const broken = run(await jobOf({ plan: { input: "photos/broken.jpg" }, task: { name: "broken.jpg" } }));
    const vanished = run(await jobOf({ plan: { input: "photos/gone.jpg" }, task: { name: "gone.jpg" } }));
    const whole = run(await jobOf());
    await expect(broken).rejects.toMatchObject({ failure: { code: "image" } });
    await expect(vanished).rejects.toMatchObject({ failure: { code: "file" } });
    expect(await whole).toMatchObject({ computed: true });
    expect(said.filter((line) => line.startsWith("broken.jpg: failed"))).toHaveLength(1);
    expect(said.filter((line) => line.startsWith("gone.jpg: failed"))).toHaveLength(1);
    expect(readdirSync(join(place.store, "out/.unblur"))).toHaveLength(1);
    rmSync(join(place.store, "photos/broken.jpg"));
  });

  test("sets a photo aside that ended two processes, and goes on", async () => {
    const { worker, said } = await startWorker();
    await run(await jobOf());
    const failures = () => said.filter((line) => line.startsWith("poison: failed")).length;
    const killing = setInterval(() => {
      if (failures() < 2 && worker.active > 0) for (const pid of worker.pids) process.kill(pid, "SIGKILL");
    }, 5);
    const plan = { input: "photos/poison.png" };
    execFileSync("cp", [join(import.meta.dirname, "../../examples/friends-blurry.jpg"), join(place.store, plan.input)]);
    const poisoned = run(await jobOf({ plan, task: { name: "poison" } }));
    await expect(poisoned).rejects.toMatchObject({ failure: { code: "set-aside" } });
    clearInterval(killing);
    expect(failures()).toBe(2);
    expect(await run(await jobOf())).toMatchObject({ computed: true });
    rmSync(join(place.store, plan.input));
  });

  test("stops a job that is cancelled, and gives one back that it has no time for", async () => {
    const { worker } = await startWorker({ name: "first" });
    const large = "photos/large.jpg";
    execFileSync("cp", [join(import.meta.dirname, "../../examples/friends-blurry.jpg"), join(place.store, large)]);
    const slow = { plan: { input: large } };
    const stop = new AbortController();
    const cancelled = run(await jobOf(slow), { signal: stop.signal });
    await until(() => worker.active === 1, "the job is in work");
    stop.abort();
    await expect(cancelled).rejects.toMatchObject({ code: "cancelled" });
    await until(() => worker.active === 0, "the job is no longer in work");

    const given = run(await jobOf(slow));
    await until(() => worker.active === 1, "the job is in work");
    await worker.stop(0);
    await startWorker({ name: "second" });
    expect(await given).toMatchObject({ worker: "second", computed: true });
    rmSync(join(place.store, large));
  });

  const handOutAll = async (changes: { force?: boolean; skipExisting?: boolean; seed?: number } = {}) => {
    const events: HandOutEvent[] = [];
    const settings = { ...settingsSchema.parse({ restoreSharp: true, seed: changes.seed ?? 0 }), model: MODEL };
    const out = join(place.store, "out");
    await handOut(
      {
        ...{ connection, store, settings, inputs: [join(place.store, "photos")], command: () => "a test" },
        outputs: { out, overwrite: changes.force ?? false, skipExisting: changes.skipExisting ?? false },
        signal: new AbortController().signal,
      },
      (event) => event.type !== "progress" && events.push(event),
    );
    return events.map((event) =>
      event.type === "restored"
        ? `restored ${event.result.computed}`
        : event.type === "skipped"
          ? event.why
          : event.type,
    );
  };

  test("a batch that is handed out again passes over what is there with its origin, and no more", async () => {
    await startWorker();
    expect(await handOutAll()).toEqual(Array(4).fill("restored true"));
    const first = filesBelow(join(place.store, "out"));
    expect(await handOutAll()).toEqual(Array(4).fill("there already"));
    rmSync(join(place.store, "out/photo-0.jpg"));
    expect((await handOutAll()).sort()).toEqual(["restored true", ...Array(3).fill("there already")]);
    expect(await handOutAll({ seed: 1 })).toEqual(Array(4).fill("failed"));
    expect(await handOutAll({ seed: 1, skipExisting: true })).toEqual(Array(4).fill("has its outputs"));
    expect(await handOutAll({ seed: 1, force: true })).toEqual(Array(4).fill("restored true"));
    const second = filesBelow(join(place.store, "out"));
    for (const [name, bytes] of first) expect(second.get(name)!.equals(bytes)).toBe(true); // it draws nothing at random
  });

  const handOutFrom = (folder: string, report: (event: HandOutEvent) => void, signal: AbortSignal) =>
    handOut(
      {
        ...{ connection, store, inputs: [folder], command: () => "a test", signal },
        settings: { ...settingsSchema.parse({ restoreSharp: true }), model: MODEL },
        outputs: { out: join(place.store, "out"), overwrite: false, skipExisting: false },
      },
      report,
    );

  test("photos that would give one name get names of their own, as on the command line", async () => {
    await startWorker();
    await writePhotos(join(place.store, "twice"), 1); // photo-0.jpg
    writeFileSync(join(place.store, "twice/photo-0.heic"), HEIC_PHOTO);
    const events: HandOutEvent[] = [];
    await handOutFrom(join(place.store, "twice"), (event) => events.push(event), new AbortController().signal);
    const [failed] = events.filter(({ type }) => type === "failed");
    expect(failed).toBeUndefined();
    expect([...filesBelow(join(place.store, "out")).keys()]).toEqual(["photo-0.heic.jpg", "photo-0.jpg"]);
  });

  test("a batch says that no worker is connected, and that one has come", async () => {
    const events: HandOutEvent[] = [];
    const done = handOutFrom(join(place.store, "photos"), (event) => events.push(event), new AbortController().signal);
    const workers = () => events.flatMap((event) => (event.type === "workers" ? [event.there] : []));
    await until(() => workers().length > 0, "the batch says so", 10);
    expect(workers()).toEqual([0]);
    await startWorker();
    await done;
    expect(events.filter(({ type }) => type === "restored")).toHaveLength(4);
  });

  test("a worker counts in its own database of the server only", async () => {
    await startWorker();
    await using other = await connect(readAddress(`${place.redis.url}/1`, {}));
    await using there = new JobClient(other);
    await until(async () => (await workersThere(client.queue, connection)) === 1, "the worker is connected");
    expect(await workersThere(there.queue, other)).toBe(0);
  });

  test("a batch of a folder outside the store ends with one error", async () => {
    const elsewhere = join(place.folder, "other-photos");
    await writePhotos(elsewhere, 2);
    const events: HandOutEvent[] = [];
    const done = handOutFrom(elsewhere, (event) => events.push(event), new AbortController().signal);
    await expect(done).rejects.toThrow(`${elsewhere}: expected a path below the store`);
    expect(events).toEqual([]);
  });

  test("a batch that is stopped tells no progress of the photos it takes back", async () => {
    const stop = new AbortController();
    let [handedOut, after] = [0, 0];
    const done = handOutFrom(
      join(place.store, "photos"),
      (event) => {
        if (event.type !== "progress") return;
        if (stop.signal.aborted) after++;
        else handedOut = event.handedOut;
      },
      stop.signal,
    );
    await until(() => handedOut === 4, "four photos are handed out");
    stop.abort();
    await expect(done).rejects.toMatchObject({ code: "cancelled" });
    expect(after).toBe(0);
  });

  test("jobs hold references and settings: no picture, no path of a machine, no password", async () => {
    const data = await jobOf();
    await client.queue.add("photo", data, { jobId: "kept" });
    const dump = execFileSync("redis-cli", ["-p", String(place.redis.port), "hgetall", "bull:unblur:kept"]).toString();
    expect(dump).toContain("photos/photo-0.jpg");
    expect(dump).not.toContain(place.folder);
    expect(dump.length).toBeLessThan(2000);
  });
});

test.skipIf(lacks("redis"))("passwords stay out of messages, process lists and the queue", async () => {
  const password = "correct-horse-battery";
  await using place = await openWorkplace({ redis: ["--requirepass", password] });
  await writePhotos(join(place.store, "photos"), 1);
  const without = place.worker();
  expect([await without.exit, without.said.err]).toEqual([1, expect.stringContaining("set UNBLUR_QUEUE_PASSWORD")]);
  const queued = ["--queue", place.redis.url, "--store", place.store];
  const wrong = place.start(["worker", ...queued], { UNBLUR_QUEUE_PASSWORD: "not-this-one" });
  expect([await wrong.exit, wrong.said.err]).toEqual([1, expect.stringMatching(/does not accept the password/)]);
  const worker = place.start(["worker", ...queued, "--threads", "1"], { UNBLUR_QUEUE_PASSWORD: password });
  const words = [join(place.store, "photos"), "--out", join(place.store, "out"), "--model", MODEL, "--restore-sharp"];
  const batch = place.start(["deblur", ...words, ...queued, "--verbose"], { UNBLUR_QUEUE_PASSWORD: password });
  expect([await batch.exit, batch.said.err]).toEqual([0, expect.stringContaining("1 restored")]);
  const children = readFileSync(`/proc/${worker.child.pid}/task/${worker.child.pid}/children`, "utf8")
    .trim()
    .split(" ");
  expect(children.length).toBeGreaterThan(0);
  for (const pid of children) expect(readFileSync(`/proc/${pid}/environ`, "utf8")).not.toContain(password);
  expect(readFileSync(`/proc/${worker.child.pid}/cmdline`, "utf8")).not.toContain(password);
  worker.child.kill("SIGTERM");
  expect(await worker.exit).toBe(0);
  for (const { said } of [without, wrong, worker, batch])
    expect(said.out + said.err).not.toMatch(/correct-horse|not-this-one/);
});
