/**
 * @file Number of threads that can compute at the same time: the processors available to this process, within the CPU
 * quota of its container. Threads beyond the quota are throttled and wait for one another, many times slower.
 */
import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path/posix";
import { argumentError } from "../../../src/base/errors.js";

const read = (path: string): string | null => {
  try {
    return readFileSync(path, "utf8").trim();
  } catch {
    return null; // not Linux, or no such limit
  }
};

/** Processors from cgroup v2's cpu.max, such as "max 100000" or "150000 100000"; null without a quota. */
function quotaOf(cpuMax: string | null): number | null {
  const [quota, period] = (cpuMax ?? "").split(/\s+/).map(Number);
  return quota !== undefined && period !== undefined && quota > 0 && period > 0 ? quota / period : null;
}

/** A group and its ancestors: "/a/b", "/a", "/". */
const withAncestors = (group: string): string[] =>
  group === "/" || group === "." ? ["/"] : [group, ...withAncestors(join(group, ".."))];

/**
 * Processors granted by the CPU quotas of this process's control groups (v1 and v2), a fraction; null without a quota.
 * `root` replaces "/" in tests.
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

/**
 * Number of usable processors, at least 1. A quota of 1.5 gives 1: a second thread would be stopped half of the time,
 * and the first would wait for it.
 */
export function usableProcessors(root?: string): number {
  const quota = cpuQuota(root);
  return Math.max(1, Math.min(availableParallelism(), quota === null ? Number.POSITIVE_INFINITY : Math.floor(quota)));
}

/**
 * Number of threads of a computation that states none: the environment variable UNBLUR_THREADS, at most the usable
 * processors, which are the default. Throws `argument` if the variable is not a positive integer.
 */
export function defaultThreads(): number {
  const given = process.env.UNBLUR_THREADS;
  if (!given) return usableProcessors();
  if (!/^[1-9]\d*$/.test(given)) throw argumentError("UNBLUR_THREADS", "the number must be a positive integer", given);
  return Math.min(Number(given), usableProcessors());
}

/**
 * Returns whether the processors multiply bytes into 32-bit sums (VNNI), according to Linux's CPU flags; false on other
 * systems. Without VNNI, ONNX Runtime's 8-bit products saturate on x64 or are no faster than float products. `root` as
 * above.
 */
export const multipliesBytes = (root = "/"): boolean =>
  /^flags\s*:.*\b(avx512_vnni|avx_vnni)\b/m.test(read(join(root, "proc/cpuinfo")) ?? "");
