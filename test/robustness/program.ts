/**
 * @file The command line as a process of its own, to be killed, stopped, or run where the system refuses what it asks
 * for.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { builtProgram, PROJECT } from "../built.js";

const MAIN = builtProgram();
/**
 * The program starts itself once more for large pages, unless told of them: a kill or a signal meets the process that
 * computes.
 */
const ONE_PROCESS = { GLIBC_TUNABLES: "glibc.malloc.hugetlb=0" };

export const commandLine = (...args: string[]): string[] => [MAIN, ...args];

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly out: string;
  readonly err: string;
  readonly elapsedMs: number;
}

export interface Surroundings {
  readonly env?: NodeJS.ProcessEnv;
  /** Words before the program's own: what runs it. */
  readonly under?: readonly string[];
  /** Called when it runs. */
  readonly started?: (child: ChildProcess) => void;
  /** Destination of its outputs; collected when left out. */
  readonly stdout?: number;
  readonly stderr?: number;
  /** Ended by force after so long: nothing here takes that long. */
  readonly limitMs?: number;
}

/**
 * Runs Node with `args` from the root of the project to its end. Threads for files are one, so that system calls come
 * in one order.
 */
export async function runNode(
  args: readonly string[],
  { env = {}, under = [], started, stdout, stderr, limitMs = 240_000 }: Surroundings = {},
): Promise<Ended> {
  const [program, ...rest] = [...under, process.execPath, ...args];
  const startedAt = performance.now();
  const child = spawn(program!, rest, {
    cwd: PROJECT,
    env: {
      ...{ ...process.env, CI: undefined, UV_THREADPOOL_SIZE: "1", ORT_DISABLE_TELEMETRY: "1" },
      ...ONE_PROCESS,
      ...env,
    },
    stdio: ["ignore", stdout ?? "pipe", stderr ?? "pipe"],
    detached: true,
  });
  const said = { out: "", err: "" };
  child.stdout?.on("data", (text) => (said.out += text));
  child.stderr?.on("data", (text) => (said.err += text));
  // With its whole group: what runs it would leave it behind.
  const limit = setTimeout(() => process.kill(-child.pid!, "SIGKILL"), limitMs);
  started?.(child);
  const [code, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (...how) => resolve(how));
  });
  clearTimeout(limit);
  return { code, signal, ...said, elapsedMs: performance.now() - startedAt };
}
