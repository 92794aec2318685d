/**
 * @file The yardstick: the same network and steps in Debian's PyTorch, in a child process that idles between commands.
 */
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

export interface PytorchCommand {
  readonly step: "train" | "sample";
  readonly threads: number;
  readonly batch: number;
  readonly size: number;
}

const PROGRAM = fileURLToPath(new URL("./pytorch/main.py", import.meta.url));

export class Pytorch implements Disposable {
  private constructor(
    readonly version: string,
    readonly parameters: number,
    private readonly child: ChildProcessWithoutNullStreams,
    private readonly lines: AsyncIterator<string>,
  ) {}

  /**
   * Starts Debian's Python, or says why not. `blasDir`: a folder with the libblas.so.3 to use in place of the installed
   * one (the reference BLAS that python3-torch pulls in is 5 to 10 times slower in matrix products than OpenBLAS).
   */
  static async start(python: string, blasDir: string | null): Promise<Pytorch | string> {
    const child = spawn(python, ["-B", PROGRAM], {
      stdio: "pipe",
      env: { ...process.env, ...(blasDir ? { LD_LIBRARY_PATH: blasDir } : {}) },
    });
    let complaint = "";
    child.stderr.on("data", (text: Buffer) => {
      complaint += text.toString();
    });
    child.on("error", (error) => {
      complaint += error.message;
    });
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const first = await lines.next();
    if (first.done) return `${python} has no torch that works: ${complaint.trim().split("\n").at(-1) ?? ""}`;
    const { torch, parameters } = JSON.parse(first.value) as { torch: string; parameters: number };
    return new Pytorch(torch, parameters, child, lines);
  }

  /** Milliseconds of one step. */
  async time(command: PytorchCommand): Promise<number> {
    this.child.stdin.write(`${JSON.stringify(command)}\n`);
    const line = await this.lines.next();
    if (line.done) throw new Error("the PyTorch process ended");
    return (JSON.parse(line.value) as { ms: number }).ms;
  }

  [Symbol.dispose](): void {
    this.child.stdin.end();
    this.child.kill();
  }
}
