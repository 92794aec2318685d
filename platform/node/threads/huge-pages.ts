/**
 * @file Memory in pages of 2 MB. ONNX Runtime allocates every intermediate result anew, tens of megabytes each. With
 * pages of 4 KB the kernel's work on them takes as long as the network.
 */
import { readFileSync } from "node:fs";

const SETTING = "/sys/kernel/mm/transparent_hugepage/enabled";
const TUNABLE = "glibc.malloc.hugetlb";

/**
 * The environment with which a process must be started so that glibc (2.35 and later; others ignore it) requests large
 * pages.
 * `null` if it would change nothing: `environment` requests them already, the kernel grants them always or never, or
 * the system is not Linux.
 */
export function hugePages(environment: NodeJS.ProcessEnv, read = readSetting): NodeJS.ProcessEnv | null {
  const tunables = environment.GLIBC_TUNABLES ?? "";
  if (tunables.includes(TUNABLE) || !read().includes("[madvise]")) return null;
  return { GLIBC_TUNABLES: [tunables, `${TUNABLE}=1`].filter(Boolean).join(":") };
}

function readSetting(): string {
  try {
    return readFileSync(SETTING, "utf8");
  } catch {
    return ""; // the kernel has no such setting
  }
}
