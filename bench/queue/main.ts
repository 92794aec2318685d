/**
 * @file `npm run bench:queue`: a library of photos over 1, 2 and 4 workers of this machine, beside one process; what a
 * job costs beyond its computation, how long a killed worker's photo waits, and the memory of the command that hands
 * out. With --training: a run in rounds. Real Redis, on a free port. Linux only (memory).
 */
import { once } from "node:events";
import { linkSync, mkdirSync, readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
import sharp from "sharp";
import { openMachines, stopAll } from "./machines.js";
import { benchTraining } from "./training.js";

const HELP = `npm run bench:queue -- [options]
  --photos N    of each run (40)
  --pixels N    side of a photo (128)
  --model NAME  (fast)
  --workers N,N (1,2,4)
  --waiting N   photos of the run that measures memory (10000)
  --training    training in rounds instead of photos
  --batches N   of each run of training (1600)
  --local N     steps of a share (50)`;

const { values: options } = parseArgs({
  options: {
    photos: { type: "string", default: "40" },
    pixels: { type: "string", default: "128" },
    model: { type: "string", default: "fast" },
    workers: { type: "string", default: "1,2,4" },
    waiting: { type: "string", default: "10000" },
    training: { type: "boolean", default: false },
    batches: { type: "string", default: "1600" },
    local: { type: "string", default: "50" },
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

const workerCounts = options.workers.split(",").map(Number);
await using machines = await openMachines();
const { store, queued, start, startWorker } = machines;
/** Memory of a process and its children: the program starts itself again with another environment. */
const megabytes = (pid: number): number =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? Number.NaN) / 1000 +
  readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8")
    .split(" ")
    .filter((child) => child !== "")
    .reduce((sum, child) => sum + megabytes(Number(child)), 0);
const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

interface Batch {
  /** Seconds at which each photo's line came. */
  readonly times: readonly number[];
  /** Mean seconds that computing a photo took, reading and writing included. */
  readonly computed: number;
}

async function batch(input: string, out: string, ...words: string[]): Promise<Batch> {
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
  let computing = 0;
  for await (const line of createInterface({ input: child.stdout! })) {
    times.push(performance.now() / 1000);
    const { seconds = 0 } = JSON.parse(line) as { seconds?: number };
    computing += seconds;
  }
  if (child.exitCode === null) await once(child, "exit");
  if (child.exitCode !== 0) throw new Error(`a batch ended with ${child.exitCode}`);
  return { times, computed: computing / times.length };
}

/** Photos per second, from the first result on: starting processes and opening models does not count. */
const rate = ({ times }: Batch) => (times.length - 1) / (times.at(-1)! - times[0]!);

const longestWait = (times: readonly number[]) =>
  Math.max(...times.slice(1).map((time, index) => time - times[index]!));

async function benchPhotos(): Promise<void> {
  mkdirSync(join(store, "photos"), { recursive: true });
  for (let k = 0; k < photos; k++)
    await sharp(EXAMPLE)
      .extract({ left: (k * 13) % 300, top: 200 + ((k * 7) % 200), width: side, height: side })
      .png()
      .toFile(join(store, "photos", `${k}.png`));
  console.log(
    `${photos} photos of ${side}x${side}, model ${options.model}, ${availableParallelism()} processors, workers of one thread`,
  );

  // Each number of workers comes right behind one process by itself: other programs slow both.
  for (const count of workerCounts) {
    const alone = rate(await batch("photos", `alone-${count}`, "--restore-sharp", "--threads", "1"));
    const workers = Array.from({ length: count }, startWorker);
    await batch("photos", `warm-${count}`, "--restore-sharp", ...queued);
    const shared = await batch("photos", `queued-${count}`, "--restore-sharp", ...queued);
    const perSecond = rate(shared);
    const idle = 1000 * (count / perSecond - shared.computed);
    console.log(
      `${count} worker${count === 1 ? "" : "s"}: ${perSecond.toFixed(2)} photos/s, one process by itself ${alone.toFixed(2)}; ` +
        `a worker computes a photo in ${(1000 * shared.computed).toFixed(0)} ms and spends ${idle.toFixed(0)} ms beside it`,
    );
    await stopAll(workers);
  }

  const [victim, other] = [startWorker(), startWorker()];
  await batch("photos", "before-kill", "--restore-sharp", ...queued);
  const rest = batch("photos", "kill", "--restore-sharp", ...queued);
  await sleep(1500);
  victim.kill("SIGKILL");
  const killed = performance.now() / 1000;
  const { times } = await rest;
  console.log(
    `a worker killed in the middle: the last of ${times.length} photos ended ${(times.at(-1)! - killed).toFixed(0)} s later, the longest wait for a result was ${longestWait(times).toFixed(0)} s`,
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
    seen.push(megabytes(front.pid!));
  }
  const [half, end] = [seen[MEMORY_LOOKS / 2]!, seen.at(-1)!];
  console.log(
    `handing out ${waiting} photos: ${half.toFixed(0)} MB half-way, ${end.toFixed(0)} MB after ${MEMORY_LOOKS / 2} s`,
  );
  front.kill("SIGTERM");
  await once(front, "exit");
  await stopAll([worker]);
}

if (options.training)
  await benchTraining(machines, {
    ...{ workers: workerCounts, batches: Number(options.batches), localSteps: Number(options.local) },
  });
else await benchPhotos();
