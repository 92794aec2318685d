import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { cpuQuota, multipliesBytes, usableProcessors } from "./processors.js";

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "unblur-cgroup-"));
});
afterEach(() => rm(root, { recursive: true }));

async function system(files: Readonly<Record<string, string>>): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), `${text}\n`);
  }
}

test("a container's quota, where the container is the root of its own tree", async () => {
  await system({ "proc/self/cgroup": "0::/", "sys/fs/cgroup/cpu.max": "150000 100000" });
  expect([cpuQuota(root), usableProcessors(root)]).toEqual([1.5, 1]);
});

test("the smallest quota of a group and its ancestors applies", async () => {
  await system({
    "proc/self/cgroup": "0::/pod/container",
    "sys/fs/cgroup/pod/cpu.max": "50000 100000",
    "sys/fs/cgroup/pod/container/cpu.max": "400000 100000",
  });
  expect([cpuQuota(root), usableProcessors(root)]).toEqual([0.5, 1]);
});

test("version 1, with its controllers in one folder, and -1 for no quota", async () => {
  const group = { "proc/self/cgroup": "11:memory:/x\n4:cpu,cpuacct:/docker/1\n1:name=systemd:/y" };
  const at = "sys/fs/cgroup/cpu,cpuacct/docker/1";
  await system({ ...group, [`${at}/cpu.cfs_quota_us`]: "300000", [`${at}/cpu.cfs_period_us`]: "100000" });
  expect(cpuQuota(root)).toBe(3);
  await system({ [`${at}/cpu.cfs_quota_us`]: "-1" });
  expect(cpuQuota(root)).toBeNull();
});

test.each([
  ["no quota", { "proc/self/cgroup": "0::/a", "sys/fs/cgroup/a/cpu.max": "max 100000" }],
  ["more than there is", { "proc/self/cgroup": "0::/a", "sys/fs/cgroup/a/cpu.max": "99900000 100000" }],
  ["a file of nonsense", { "proc/self/cgroup": "0::/a\nnonsense", "sys/fs/cgroup/a/cpu.max": "many 0" }],
  ["no control groups", {}],
] as const)("%s: all processors", async (_, files) => {
  await system(files as Readonly<Record<string, string>>);
  expect(usableProcessors(root)).toBe(availableParallelism());
});

test.each([
  ["AVX-512 VNNI", "flags\t\t: fpu avx512f avx512_vnni fsrm", true],
  ["AVX VNNI", "model name : Core\nflags : avx2 avx_vnni serialize", true],
  ["neither", "flags : avx2 avx512f avx512bw", false],
  ["a name with the same beginning", "flags : avx_vnni_int8", false],
  ["flags elsewhere", "vmx flags : avx512_vnni", false],
])("products of bytes where the processor has them: %s", async (_, cpuinfo, expected) => {
  await system({ "proc/cpuinfo": cpuinfo });
  expect(multipliesBytes(root)).toBe(expected);
});

test("no list of CPU flags: no products of bytes", () => {
  expect(multipliesBytes(root)).toBe(false);
});
