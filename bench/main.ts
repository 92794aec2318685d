/**
 * @file `npm run bench`: the paper's network on our engine and in PyTorch, interleaved; the profile by op; the data
 * loader. Options: see OPTIONS below or `npm run bench -- --help`.
 */
import { writeFileSync } from "node:fs";
import { availableParallelism, cpus, loadavg } from "node:os";
import { parseArgs } from "node:util";
import { type AttentionCost, benchAttention } from "./attention.js";
import { benchDataLoader, benchFedStep, type LoaderFigures } from "./data-loader.js";
import { type Contender, elapsedMs, interleaved, type Timing } from "./interleave.js";
import { openSampling, openTraining, parameters, type Setting } from "./paper-model.js";
import { type OpTime, profileByOp } from "./profile.js";
import { Pytorch } from "./pytorch.js";

const PARTS = ["training", "sampling", "profile", "loader", "attention"] as const;
type Part = (typeof PARTS)[number];

const HELP = `npm run bench -- [options]
  --parts LIST    of ${PARTS.join(",")} (all)
  --threads LIST  thread counts (1,2)
  --repeat N      timed rounds after two of warm-up (7)
  --batch N       images per training step (8)
  --size PX       side of the images (64)
  --python PATH   Python with torch (/usr/bin/python3)
  --blas LIST     of "installed" and folders with another libblas.so.3 for PyTorch to use (installed)
  --json FILE     also write all figures there`;

const { values: options } = parseArgs({
  options: {
    parts: { type: "string", default: PARTS.join() },
    threads: { type: "string", default: "1,2" },
    repeat: { type: "string", default: "7" },
    batch: { type: "string", default: "8" },
    size: { type: "string", default: "64" },
    python: { type: "string", default: "/usr/bin/python3" },
    blas: { type: "string", default: "installed" },
    json: { type: "string" },
    help: { type: "boolean", default: false },
  },
});

interface Comparison {
  readonly part: string;
  readonly threads: number;
  readonly batch: number;
  readonly size: number;
  readonly timings: readonly Timing[];
}

const comparisons: Comparison[] = [];
let loader: LoaderFigures | null = null;
let fed: readonly Timing[] = [];
let attention: readonly AttentionCost[] = [];
const profiles: Record<string, readonly OpTime[]> = {};
const [repeat, batch, size] = [Number(options.repeat), Number(options.batch), Number(options.size)];
const threadCounts = options.threads.split(",").map(Number);

/** PyTorch with each BLAS asked for. */
async function yardsticks(): Promise<ReadonlyMap<string, Pytorch>> {
  const found = new Map<string, Pytorch>();
  for (const blas of options.blas.split(",")) {
    const [name, blasDir] = blas === "installed" ? ["PyTorch", null] : ["PyTorch, other BLAS", blas];
    const pytorch = await Pytorch.start(options.python, blasDir);
    if (typeof pytorch === "string") {
      console.log(`no yardstick: ${pytorch}`);
      continue;
    }
    if (pytorch.parameters !== parameters)
      throw new Error(`the yardstick has ${pytorch.parameters} parameters, our network ${parameters}`);
    found.set(`${name} ${pytorch.version}`, pytorch);
  }
  return found;
}

async function compare(
  part: "training" | "sampling",
  setting: Setting,
  pytorches: ReadonlyMap<string, Pytorch>,
): Promise<void> {
  const { threads } = setting;
  await using ours = await (part === "training" ? openTraining(setting) : openSampling(setting));
  const contenders: Contender[] = [
    { name: "unblur", time: () => elapsedMs(() => ours.run()) },
    ...[...pytorches].map(([name, pytorch]) => ({
      name,
      time: () =>
        pytorch.time({
          step: part === "training" ? "train" : "sample",
          threads,
          batch: setting.batch,
          size: setting.size,
        }),
    })),
  ];
  const timings = await interleaved(contenders, repeat);
  comparisons.push({ part, threads, batch: setting.batch, size: setting.size, timings });
  const [reference] = timings;
  console.log(
    `\n${part} step, batch ${setting.batch}, ${setting.size} px, ${threads} thread${threads === 1 ? "" : "s"}`,
  );
  for (const { name, medianMs, minMs } of timings) {
    const ratio = (median: number) => (name === reference!.name ? "" : `  ${median.toFixed(2)} times ours`);
    console.log(
      `  ${name.padEnd(32)} median ${medianMs.toFixed(0).padStart(6)} ms${ratio(medianMs / reference!.medianMs)}` +
        `   min ${minMs.toFixed(0).padStart(6)} ms${ratio(minMs / reference!.minMs)}`,
    );
  }
}

function printProfile(title: string, ops: readonly OpTime[]): void {
  console.log(`\n${title}`);
  for (const { op, msPerRun, nodes, share } of ops.filter(({ share }) => share >= 0.002)) {
    console.log(
      `  ${op.padEnd(24)} ${msPerRun.toFixed(1).padStart(8)} ms  ${(100 * share).toFixed(1).padStart(5)} %  ${nodes} nodes`,
    );
  }
}

async function run(): Promise<void> {
  const parts = options.parts.split(",") as Part[];
  const unknown = parts.find((part) => !PARTS.includes(part));
  if (unknown) throw new Error(`--parts: "${unknown}" is none of ${PARTS.join(", ")}`);
  console.log(
    `${cpus()[0]?.model ?? "unknown CPU"}, ${availableParallelism()} cores, load ${loadavg()[0]!.toFixed(2)}; ` +
      `the paper's network, ${parameters.toLocaleString("en")} parameters`,
  );
  const pytorches = parts.includes("training") || parts.includes("sampling") ? await yardsticks() : new Map();
  for (const threads of threadCounts) {
    if (parts.includes("training")) await compare("training", { threads, batch, size }, pytorches);
    if (parts.includes("sampling"))
      for (const images of [1, batch]) await compare("sampling", { threads, batch: images, size }, pytorches);
  }
  for (const pytorch of pytorches.values()) pytorch[Symbol.dispose]();
  if (parts.includes("profile")) {
    const setting = { threads: Math.max(...threadCounts), batch, size };
    profiles.training = await profileByOp(openTraining, setting);
    printProfile(`profile of a training step, ${setting.threads} threads`, profiles.training);
    profiles.sampling = await profileByOp(openSampling, setting);
    printProfile(`profile of a sampling step, ${setting.threads} threads`, profiles.sampling);
  }
  if (parts.includes("attention")) attention = benchAttention(Math.max(...threadCounts));
  if (parts.includes("loader")) {
    loader = await benchDataLoader();
    console.log("\ndata loader, a batch of 8 patches of 64 px from 1280x720 PNGs, in the calling thread");
    for (const [from, ms] of Object.entries(loader.batchMs))
      console.log(`  ${from.padEnd(12)} ${ms.toFixed(1).padStart(8)} ms`);
    fed = await benchFedStep(Math.max(...threadCounts), repeat);
    const [memory, files] = fed;
    console.log(`\ntraining step, batch 8, 64 px, ${Math.max(...threadCounts)} threads`);
    for (const { name, medianMs, minMs } of fed)
      console.log(
        `  ${name.padEnd(12)} median ${medianMs.toFixed(0).padStart(6)} ms   min ${minMs.toFixed(0).padStart(6)} ms`,
      );
    console.log(
      `  reading costs ${(100 * (files!.medianMs / memory!.medianMs - 1)).toFixed(1)} % of the median, ${(100 * (files!.minMs / memory!.minMs - 1)).toFixed(1)} % of the fastest`,
    );
  }
  if (options.json) {
    const machine = { cpu: cpus()[0]?.model, cores: availableParallelism(), node: process.version };
    writeFileSync(
      options.json,
      `${JSON.stringify({ machine, parameters, comparisons, profiles, loader, fed, attention }, null, 2)}\n`,
    );
  }
}

if (options.help) console.log(HELP);
else await run();
