/**
 * @file Memory in pages of 2 MB. ONNX Runtime asks for every intermediate result anew, tens of megabytes each: in pages of 4 KB the kernel's
 * work on them takes as long as the network.
 */
import { readFileSync } from "node:fs";

const SETTING = "/sys/kernel/mm/transparent_hugepage/enabled";
const TUNABLE = "glibc.malloc.hugetlb";

/**
 * What a process has to be started with so that glibc (2.35 and later; others ignore it) asks for large pages. `null` where it would change
 * nothing: `environment` says so already, the kernel gives them to everybody or to nobody, or it is not Linux.
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
    return ""; // no such kernel
  }
}
