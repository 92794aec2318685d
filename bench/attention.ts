/** @file Cost of attention against the size of its picture: time and peak memory of one layer of the paper's width. */
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { createRuntime } from "../platform/node/threads/runtime.js";
import { Rng } from "../src/base/random.js";
import { compile } from "../src/graph/compile.js";
import { multiplyAdds } from "../src/graph/multiply-adds.js";
import { input } from "../src/graph/tensor.js";
import { linearAttentionLayer, softmaxAttentionLayer } from "../src/nn/attention.js";
import { bindWeights, initialWeights, Scope } from "../src/nn/parameters.js";
import { floats } from "../src/runtime/session.js";

const KINDS = { linear: linearAttentionLayer, softmax: softmaxAttentionLayer } as const;
type Kind = keyof typeof KINDS;

export interface AttentionCost {
  readonly kind: Kind;
  readonly sidePx: number;
  readonly multiplyAdds: number;
  readonly ms: number;
  /** Growth of the process at its peak, relative to its size before the first run. */
  readonly peakMb: number;
}

/** 192 channels, the width of all levels of the paper's network but the finest. */
const CHANNELS = 192;
const SIDES = { linear: [32, 64, 128, 256], softmax: [32, 64, 128] } as const satisfies Record<Kind, readonly number[]>;
const REPEATS = 5;

/** Measures one kind. It runs in a process of its own, because peak memory is a property of the process. */
async function measure(kind: Kind, sidePx: number, threads: number): Promise<AttentionCost> {
  const scope = Scope.root();
  const layer = KINDS[kind](scope, { channels: CHANNELS, groups: 16 });
  const x = input("x", [1, CHANNELS, sidePx, sidePx]);
  const result = layer(x);
  const weights = bindWeights(scope.parameters(), initialWeights(scope.parameters(), Rng.fromSeed(0)));
  await using session = await createRuntime({ threads, arena: false }).open(
    compile({ inputs: [x], outputs: { result }, weights }),
  );
  const feeds = { x: floats(Rng.fromSeed(1).normals(x.size), x.shape) };
  const peak = () => process.resourceUsage().maxRSS / 1024;
  const before = peak();
  const times: number[] = [];
  for (let i = 0; i <= REPEATS; i++) {
    const start = performance.now();
    await session.run(feeds);
    if (i > 0) times.push(performance.now() - start);
  }
  times.sort((a, b) => a - b);
  return {
    kind,
    sidePx,
    multiplyAdds: multiplyAdds([result]),
    ms: times[Math.floor(REPEATS / 2)]!,
    peakMb: peak() - before,
  };
}

const line = (
  { kind, sidePx, multiplyAdds: macs, ms, peakMb }: AttentionCost,
  before: AttentionCost | undefined,
): string => {
  const growth = before ? `   ${(ms / before.ms).toFixed(1)} times the time for 4 times the pixels` : "";
  return `  ${kind.padEnd(8)} ${String(sidePx).padStart(4)} px ${(macs / 1e9).toFixed(2).padStart(8)} GMAC ${ms.toFixed(1).padStart(8)} ms ${peakMb.toFixed(0).padStart(6)} MB${growth}`;
};

/** Measures and prints every kind and size. */
export function benchAttention(threads: number): AttentionCost[] {
  console.log(
    `\nattention, ${CHANNELS} channels, ${threads} thread${threads === 1 ? "" : "s"}; sides double, so pixels grow fourfold`,
  );
  return (Object.keys(KINDS) as Kind[]).flatMap((kind) => {
    const costs: AttentionCost[] = [];
    for (const sidePx of SIDES[kind]) {
      const args = [
        "--import",
        "tsx",
        fileURLToPath(import.meta.url),
        "--kind",
        kind,
        "--side",
        `${sidePx}`,
        "--threads",
        `${threads}`,
      ];
      const cost = JSON.parse(execFileSync(process.execPath, args, { encoding: "utf8" })) as AttentionCost;
      console.log(line(cost, costs.at(-1)));
      costs.push(cost);
    }
    return costs;
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const text = { type: "string" } as const;
  const { values } = parseArgs({ options: { kind: text, side: text, threads: text } });
  console.log(JSON.stringify(await measure(values.kind as Kind, Number(values.side), Number(values.threads))));
}
