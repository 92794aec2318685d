/** @file A real Redis on a free port of this machine, with a folder of its own in which it keeps what it was told. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { needed } from "../machine.js";

export const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });

export class RedisServer implements AsyncDisposable {
  #child: ChildProcess | null = null;
  readonly #folder = mkdtempSync(join(tmpdir(), "unblur-redis-"));

  private constructor(
    readonly port: number,
    private readonly words: readonly string[],
  ) {}

  static async start(...words: string[]): Promise<RedisServer> {
    const server = new RedisServer(await freePort(), words);
    await server.start();
    return server;
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  /** Resolves when it accepts connections. */
  async start(): Promise<void> {
    const child = spawn(
      needed("redis"),
      [
        ...["--port", String(this.port), "--bind", "127.0.0.1", "--dir", this.#folder],
        ...["--appendonly", "yes", "--save", "", ...this.words],
      ],
      { stdio: ["ignore", "pipe", "inherit"] },
    );
    this.#child = child;
    await new Promise<void>((resolve, reject) => {
      child.once("exit", (code) => reject(new Error(`redis-server ended with ${code}`)));
      child.stdout!.on("data", (text) => String(text).includes("Ready to accept connections") && resolve());
    });
  }

  async stop(signal: NodeJS.Signals = "SIGTERM"): Promise<void> {
    const child = this.#child;
    this.#child = null;
    if (!child) return;
    const exit = once(child, "exit");
    child.kill(signal);
    await exit;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop("SIGKILL");
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
