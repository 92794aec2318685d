/**
 * @file How many threads compute at the same time here: the processors that this process may use, within the CPU quota
 * of its container. More threads than a quota pays for take turns and wait for each other, many times slower.
 */
import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path/posix";

const read = (path: string): string | null => {
  try {
    return readFileSync(path, "utf8").trim();
  } catch {
    return null; // no Linux, or no such limit
  }
};

/** "max 100000" and "150000 100000" (cgroup v2, cpu.max) as processors; null for none. */
function quotaOf(cpuMax: string | null): number | null {
  const [quota, period] = (cpuMax ?? "").split(/\s+/).map(Number);
  return quota !== undefined && period !== undefined && quota > 0 && period > 0 ? quota / period : null;
}

/** A group and those above it: "/a/b", "/a", "/". */
const withAncestors = (group: string): string[] =>
  group === "/" || group === "." ? ["/"] : [group, ...withAncestors(join(group, ".."))];

/**
 * Processors that the CPU quotas of this process's control groups pay for, a fraction, or null without a quota. `root`
 * stands for "/", for tests. Version 2 and version 1 of control groups are read.
 */
export function cpuQuota(root = "/"): number | null {
  const groups = read(join(root, "proc/self/cgroup"))?.split("\n") ?? [];
  const quotas = groups.flatMap((line) => {
    const [, controllers, group] = /^\d+:([^:]*):(\/.*)$/.exec(line) ?? [];
    if (group === undefined) return [];
    if (controllers === "")
      return withAncestors(group).map((one) => quotaOf(read(join(root, "sys/fs/cgroup", one, "cpu.max"))));
    if (!controllers!.split(",").includes("cpu")) return [];
    return withAncestors(group).map((one) => {
      const at = (name: string) => read(join(root, "sys/fs/cgroup", controllers!, one, name));
      return quotaOf(`${at("cpu.cfs_quota_us") ?? ""} ${at("cpu.cfs_period_us") ?? ""}`);
    });
  });
  const limits = quotas.filter((quota) => quota !== null);
  return limits.length > 0 ? Math.min(...limits) : null;
}

/** At least 1. A quota of 1.5 gives 1: a second thread would be stopped half of the time, and the first wait for it. */
export function usableProcessors(root?: string): number {
  const quota = cpuQuota(root);
  return Math.max(1, Math.min(availableParallelism(), quota === null ? Number.POSITIVE_INFINITY : Math.floor(quota)));
}

/**
 * Whether the processors multiply bytes into 32 bit sums (VNNI), as Linux lists their abilities. Without it ONNX
 * Runtime's 8 bit products saturate on x64, or are not faster than those of floats. Other systems are not asked: no.
 * `root` as above.
 */
export const multipliesBytes = (root = "/"): boolean =>
  /^flags\s*:.*\b(avx512_vnni|avx_vnni)\b/m.test(read(join(root, "proc/cpuinfo")) ?? "");
