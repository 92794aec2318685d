/**
 * @file Training in rounds with several workers beside one process, on a small network and pictures that are drawn: all
 * runs see the same number of images. Workers of one machine share its processors, so only the loss and the bytes say
 * something about many machines.
 */
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { writeWavePairs } from "../../test/training/wave-pairs.js";
import { type Machines, stopAll } from "./machines.js";

const NETWORK = { architecture: "residual-unet", inChannels: 3, widths: [16, 32], blocks: [1, 1], middleBlocks: 1 };
const BATCH = 4;
/** Share of the images at the end that a loss is the mean over. */
const LAST = 0.2;

interface Line {
  readonly imagesSeen: number;
  readonly loss: number;
  readonly elapsedMs: number;
  readonly bytes?: number;
}

export async function benchTraining(
  { store, queued, start, startWorker }: Machines,
  { workers, batches, localSteps }: { workers: readonly number[]; batches: number; localSteps: number },
): Promise<void> {
  await writeWavePairs(join(store, "data"), 24, [96, 80]);
  const train = async (name: string, steps: number, ...words: string[]): Promise<Line[]> => {
    const config = {
      ...{
        name,
        model: { predictor: { network: NETWORK } },
        objective: { kind: "predictor" },
        batchSize: BATCH,
        steps,
      },
      data: { sources: [{ layout: "pairs", path: "." }], patchPx: 32 },
      ...{ optimiser: { kind: "adamw" }, learningRate: { peak: 1e-3 }, maxGradNorm: 1 },
      ...(words.includes("--queue") ? { rounds: { localSteps } } : {}),
    };
    const file = join(store, `${name}.json`);
    writeFileSync(file, JSON.stringify(config));
    const where = ["--config", file, "--data", join(store, "data"), "--out", join(store, "runs")];
    const child = start("train", ...where, "--threads", "1", ...words);
    let out = "";
    child.stdout!.on("data", (text) => (out += String(text)));
    const [code] = await once(child, "exit");
    if (code !== 0) throw new Error(`training ended with ${code}`);
    const log = readFileSync(join(out.trim(), "metrics.jsonl"), "utf8");
    return log.trim().split("\n").map((line) => JSON.parse(line) as Line); // biome-ignore format: one chain
  };
  const report = (name: string, lines: readonly Line[]) => {
    const last = lines.at(-1)!;
    // Without the first line, which holds the time of opening the networks.
    const perSecond = (1000 * (last.imagesSeen - lines[0]!.imagesSeen)) / (last.elapsedMs - lines[0]!.elapsedMs);
    const lossAt = (share: number) => {
      const until = share * last.imagesSeen;
      const seen = lines.filter(({ imagesSeen: at }) => at <= until && at > until - LAST * last.imagesSeen);
      return seen.reduce((sum, { loss }) => sum + loss, 0) / seen.length;
    };
    const bytes = last.bytes === undefined ? "" : `, ${(last.bytes / 1e6).toFixed(2)} MB a round`;
    console.log(
      `${name}: ${perSecond.toFixed(0)} images/s; loss before ${[0.25, 0.5, 1]
        .map((share) => `${share * last.imagesSeen} images ${lossAt(share).toFixed(4)}`)
        .join(", ")}${bytes}`,
    );
  };
  report("one process", await train("alone", batches));
  for (const count of workers) {
    const running = Array.from({ length: count }, startWorker);
    const steps = Math.floor(batches / count);
    report(`${count} worker(s)`, await train(`rounds-${count}`, steps, ...queued, "--workers", String(count)));
    await stopAll(running);
  }
}
