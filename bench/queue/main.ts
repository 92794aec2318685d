/**
 * @file `npm run bench:queue`: a library of photos over 1, 2 and 4 workers of this machine, beside one process; what a
 * job costs beyond its computation, how long a killed worker's photo waits, and the memory of the command that hands
 * out. Real Redis, on a free port. Linux only (memory).
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { linkSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
import sharp from "sharp";
import { builtProgram } from "../../test/built.js";
import { RedisServer } from "../../test/queue/redis-server.js";

const HELP = `npm run bench:queue -- [options]
  --photos N    of each run (40)
  --pixels N    side of a photo (128)
  --model NAME  (fast)
  --workers N,N (1,2,4)
  --waiting N   photos of the run that measures memory (10000)`;

const { values: options } = parseArgs({
  options: {
    photos: { type: "string", default: "40" },
    pixels: { type: "string", default: "128" },
    model: { type: "string", default: "fast" },
    workers: { type: "string", default: "1,2,4" },
    waiting: { type: "string", default: "10000" },
    help: { type: "boolean", default: false },
  },
});
if (options.help) {
  console.log(HELP);
  process.exit(0);
}
const [photos, side, waiting] = [options.photos, options.pixels, options.waiting].map(Number) as [
  number,
  number,
  number,
];
const EXAMPLE = join(import.meta.dirname, "../../examples/friends-blurry.jpg");
const MEMORY_LOOKS = 40;

const folder = mkdtempSync(join(tmpdir(), "unblur-bench-queue-"));
const store = join(folder, "store");
const redis = await RedisServer.start();
const children: ChildProcess[] = [];
const start = (...words: string[]): ChildProcess => {
  const child = spawn(process.execPath, [builtProgram(), ...words], { stdio: ["ignore", "pipe", "pipe"] });
  child.stderr!.resume();
  children.push(child);
  return child;
};
const queued = ["--queue", redis.url, "--store", store];
const startWorker = () => start("worker", ...queued, "--threads", "1");
const megabytes = ({ pid }: ChildProcess) =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? Number.NaN) / 1000;
const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Seconds at which each photo's line came. */
async function batch(input: string, out: string, ...words: string[]): Promise<number[]> {
  const child = start(
    "deblur",
    join(store, input),
    "--out",
    join(store, out),
    "--model",
    options.model,
    "--json",
    ...words,
  );
  const times: number[] = [];
  for await (const _ of createInterface({ input: child.stdout! })) times.push(performance.now() / 1000);
  if (child.exitCode === null) await once(child, "exit");
  if (child.exitCode !== 0) throw new Error(`a batch ended with ${child.exitCode}`);
  return times;
}

/** Photos per second, from the first result on: starting processes and opening models does not count. */
const rate = (times: readonly number[]) => (times.length - 1) / (times.at(-1)! - times[0]!);

const stopAll = async (workers: readonly ChildProcess[]) => {
  for (const worker of workers) {
    const exit = once(worker, "exit");
    worker.kill("SIGTERM");
    await exit;
  }
};

try {
  mkdirSync(join(store, "photos"), { recursive: true });
  for (let k = 0; k < photos; k++)
    await sharp(EXAMPLE)
      .extract({ left: (k * 13) % 300, top: 200 + ((k * 7) % 200), width: side, height: side })
      .png()
      .toFile(join(store, "photos", `${k}.png`));
  console.log(
    `${photos} photos of ${side}x${side}, model ${options.model}, ${availableParallelism()} processors, workers of one thread`,
  );

  const alone = rate(await batch("photos", "alone", "--restore-sharp", "--threads", "1"));
  console.log(`one process, one thread: ${alone.toFixed(2)} photos/s`);
  for (const count of options.workers.split(",").map(Number)) {
    const workers = Array.from({ length: count }, startWorker);
    await batch("photos", `warm-${count}`, "--restore-sharp", ...queued);
    const perSecond = rate(await batch("photos", `queued-${count}`, "--restore-sharp", ...queued));
    const overhead =
      count === 1 ? `, ${(1000 * (1 / perSecond - 1 / alone)).toFixed(0)} ms a job beyond one process` : "";
    console.log(`${count} worker${count === 1 ? "" : "s"}: ${perSecond.toFixed(2)} photos/s${overhead}`);
    await stopAll(workers);
  }

  const [victim, other] = [startWorker(), startWorker()];
  await batch("photos", "before-kill", "--restore-sharp", ...queued);
  const rest = batch("photos", "kill", "--restore-sharp", ...queued);
  await sleep(1500);
  victim.kill("SIGKILL");
  const killed = performance.now() / 1000;
  const times = await rest;
  console.log(
    `a worker killed in the middle: the last of ${times.length} photos ended ${(times.at(-1)! - killed).toFixed(0)} s later`,
  );
  await stopAll([other]);

  for (let k = 0; k < waiting; k++) {
    const place = join(store, "many", String(Math.floor(k / 500)));
    mkdirSync(place, { recursive: true });
    linkSync(join(store, "photos", "0.png"), join(place, `${k}.png`));
  }
  const front = start(
    "deblur",
    join(store, "many"),
    "--out",
    join(store, "many-out"),
    "--model",
    options.model,
    ...queued,
  );
  front.stdout!.resume();
  const worker = startWorker();
  const seen: number[] = [];
  for (let k = 0; k < MEMORY_LOOKS; k++) {
    await sleep(500);
    seen.push(megabytes(front));
  }
  const [half, end] = [seen[MEMORY_LOOKS / 2]!, seen.at(-1)!];
  console.log(
    `handing out ${waiting} photos: ${half.toFixed(0)} MB half-way, ${end.toFixed(0)} MB after ${MEMORY_LOOKS / 2} s`,
  );
  front.kill("SIGTERM");
  await once(front, "exit");
  await stopAll([worker]);
} finally {
  for (const child of children) child.kill("SIGKILL");
  await redis[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
}
