/**
 * @file 1,000 training steps leave the resident size flat. In a process of its own: other tests' garbage would hide a
 * leak.
 */
import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { bundled } from "../bundled.js";

/** Well under the 70 MB that one tensor of a batch left behind at each step would make. */
const LIMIT_MB = 25;

test("1,000 steps do not grow the process", async () => {
  const runs = await mkdtemp(join(tmpdir(), "unblur-memory-"));
  try {
    const [program] = await bundled("test/training/memory.child.ts");
    const { stdout } = await promisify(execFile)(process.execPath, ["--expose-gc", program, runs]);
    const residentMb = JSON.parse(stdout) as number[];
    expect(residentMb).toHaveLength(10);
    const warm = Math.max(...residentMb.slice(0, 3)); // after 300 steps all buffers and compiled code are there
    const growthMb = Math.max(...residentMb.slice(-3)) - warm;
    expect(growthMb, `resident size in MB every 100 steps: ${residentMb.join(", ")}`).toBeLessThan(LIMIT_MB);
  } finally {
    await rm(runs, { recursive: true });
  }
}, 120_000);
