/** @file Time of a training step by ONNX op: the runtime's own profile of a few runs. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Setting, Timed } from "./paper-model.js";

export interface OpTime {
  readonly op: string;
  readonly msPerRun: number;
  readonly nodes: number;
  /** Share of the time of all kernels. */
  readonly share: number;
}

interface ProfileEvent {
  readonly cat: string;
  readonly name: string;
  readonly dur: number;
  readonly args: { readonly op_name?: string };
}

const RUNS = 4;

/**
 * Opens, runs and releases; the slower first half of the runs (memory is touched for the first time) does not count.
 */
export async function profileByOp(open: (setting: Setting) => Promise<Timed>, setting: Setting): Promise<OpTime[]> {
  const folder = mkdtempSync(join(tmpdir(), "unblur-profile-"));
  try {
    {
      await using timed = await open({ ...setting, profilePrefix: join(folder, "profile") });
      for (let i = 0; i < RUNS; i++) await timed.run();
    }
    const events = JSON.parse(readFileSync(join(folder, readdirSync(folder)[0]!), "utf8")) as ProfileEvent[];
    const kernels = events.filter(({ cat, name }) => cat === "Node" && name.endsWith("_kernel_time"));
    const counted = kernels.slice(kernels.length / 2);
    const total = counted.reduce((sum, { dur }) => sum + dur, 0);
    const byOp = new Map<string, ProfileEvent[]>();
    for (const event of counted) {
      const op = event.args.op_name ?? "?";
      byOp.set(op, [...(byOp.get(op) ?? []), event]);
    }
    return [...byOp]
      .map(([op, list]) => {
        const time = list.reduce((sum, { dur }) => sum + dur, 0);
        return { op, msPerRun: time / 1e3 / (RUNS / 2), nodes: list.length / (RUNS / 2), share: time / total };
      })
      .sort((a, b) => b.msPerRun - a.msPerRun);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
