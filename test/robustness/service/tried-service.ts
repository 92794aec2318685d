/** @file A service as people run it, a process of its own, and what is seen of it from outside. */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { request } from "node:http";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { builtProgram, PROJECT } from "../../built.js";

const START_MS = 120_000;

export interface Reply {
  /** 0: the connection ended without an answer. */
  readonly status: number;
  readonly text: string;
  readonly ms: number;
}

export interface Sent {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | string;
  /** Another loopback address is another client; only Linux has them. */
  readonly from?: string;
  readonly hangUpMs?: number;
  readonly limitMs?: number;
}

const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });

const alive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

export class TriedService {
  private constructor(
    readonly port: number,
    /** Its temporary folder. */
    readonly temporary: string,
    private readonly child: ChildProcess,
    private readonly exit: Promise<number | NodeJS.Signals | null>,
  ) {}

  static async start(options: readonly string[] = [], temporary = mkdtempSync(join(tmpdir(), "unblur-tried-"))) {
    const port = await freePort();
    const main = [builtProgram(), "serve", "--port", String(port), "--log-level", "silent"];
    const child = spawn(process.execPath, [...main, "--threads", "1", ...options], {
      ...{ cwd: PROJECT, env: { ...process.env, TMPDIR: temporary }, stdio: "ignore" },
    });
    const exit = new Promise<number | NodeJS.Signals | null>((resolve) =>
      child.once("exit", (code, by) => resolve(by ?? code)),
    );
    const endToo = () => void child.kill("SIGKILL"); // a trial that is broken off leaves no service behind
    process.once("exit", endToo);
    void exit.then(() => process.off("exit", endToo));
    const service = new TriedService(port, temporary, child, exit);
    const until = performance.now() + START_MS;
    while ((await service.ask("/ready")).status !== 200) {
      if (!service.lives || performance.now() > until) throw new Error("the service did not become ready");
      await sleep(100);
    }
    return service;
  }

  get lives(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  ask(
    path: string,
    { method = "GET", headers = {}, body, from, hangUpMs, limitMs = 60_000 }: Sent = {},
  ): Promise<Reply> {
    const startedAt = performance.now();
    return new Promise((resolve) => {
      let text = "";
      const ended = (status: number) => resolve({ status, text, ms: performance.now() - startedAt });
      const local = from === undefined || process.platform !== "linux" ? {} : { localAddress: from };
      const call = request(
        { host: "127.0.0.1", port: this.port, path, method, headers, agent: false, ...local },
        (response) => {
          response.on("data", (data: Buffer) => {
            text += data.toString("latin1");
          });
          response.on("end", () => ended(response.statusCode!)).on("error", () => ended(0));
        },
      );
      call.on("error", () => ended(0));
      setTimeout(() => call.destroy(), hangUpMs ?? limitMs).unref();
      call.end(body);
    });
  }

  /** Processes that restore; empty where the system does not tell. */
  get workers(): readonly number[] {
    const list = `/proc/${this.child.pid}/task/${this.child.pid}/children`;
    return existsSync(list) ? readFileSync(list, "utf8").trim().split(" ").filter(Boolean).map(Number) : [];
  }

  /** Resident memory of the service itself; null where the system does not tell. */
  get residentMb(): number | null {
    const path = `/proc/${this.child.pid}/status`;
    if (!existsSync(path)) return null;
    return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(path, "utf8"))?.[1] ?? 0) / 1024;
  }

  /** Photos that wait and run, by its own count. */
  async unfinished(): Promise<number> {
    const { text } = await this.ask("/metrics");
    return ["waiting", "running"].reduce(
      (sum, what) => sum + Number(new RegExp(`^unblur_jobs_${what} (\\d+)$`, "m").exec(text)?.[1] ?? Number.NaN),
      0,
    );
  }

  /** Folders of services in the temporary folder. */
  get leftovers(): readonly string[] {
    return readdirSync(this.temporary).filter((name) => name.startsWith("unblur-serve-"));
  }

  /** Sends a signal and resolves to how it ended, within the time; null if it did not. */
  async end(signal: NodeJS.Signals, limitMs: number): Promise<number | NodeJS.Signals | null> {
    this.child.kill(signal);
    const how = await Promise.race([this.exit, sleep(limitMs, null, { ref: false })]);
    if (how === null) this.child.kill("SIGKILL");
    return how;
  }

  removeTemporary(): void {
    rmSync(this.temporary, { recursive: true, force: true });
  }
}

/** Returns whether these processes end within the time. */
export async function allEnd(pids: readonly number[], limitMs: number): Promise<boolean> {
  const until = performance.now() + limitMs;
  while (pids.some(alive) && performance.now() < until) await sleep(50);
  return !pids.some(alive);
}
