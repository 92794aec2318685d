/** @file One process that restores, as the service sees it: tasks in, results or reasons out; a new process for one that ended. */
import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { hugePages } from "../../platform/node/huge-pages.js";
import { programFile, RUNS_SOURCES } from "../../platform/node/package-root.js";
import type { RuntimeOptions } from "../../platform/node/runtime.js";
import { UnblurError } from "../../src/base/errors.js";
import type { RestoreProgress } from "../../src/restoration/restorer.js";
import { Refusal } from "./refusal.js";
import type { FromWorker, RestoredPhoto, RestoreTask, ToWorker } from "./worker-messages.js";

/** A window is computed before a process hears that it should stop. */
const CANCEL_MS = 1500;

export interface TaskOptions {
  readonly signal: AbortSignal;
  readonly decodeSeconds: number;
  readonly jobSeconds: number;
  onProgress(progress: RestoreProgress): void;
}

export class WorkerProcess {
  #child: ChildProcess | null = null;

  constructor(private readonly runtime: RuntimeOptions) {}

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  #start(): ChildProcess {
    if (this.#child) return this.#child;
    const child = fork(fileURLToPath(programFile("apps/server/worker")), [JSON.stringify(this.runtime)], {
      execArgv: RUNS_SOURCES ? ["--import", "tsx"] : [],
      env: { ...process.env, ...hugePages(process.env) },
      stdio: ["ignore", "ignore", "inherit", "ipc"],
    });
    const gone = () => {
      if (this.#child === child) this.#child = null;
    };
    child.once("exit", gone).once("error", gone);
    this.#child = child;
    return child;
  }

  /** Opens a model ahead of the first task. Rejects if it cannot be opened. */
  open(model: string): Promise<void> {
    return this.#converse({ type: "open", model }, (message, resolve) => {
      if (message.type === "opened") resolve();
    });
  }

  /** Rejects with an UnblurError of the restoration's own code, or a Refusal for a time limit or a process that ended. */
  async run(task: RestoreTask, { signal, decodeSeconds, jobSeconds, onProgress }: TaskOptions): Promise<RestoredPhoto> {
    let late: Refusal | null = null;
    let clock: NodeJS.Timeout | undefined;
    let grace: NodeJS.Timeout | undefined;
    const within = (seconds: number, what: string) => {
      clearTimeout(clock);
      clock = setTimeout(() => {
        late = new Refusal(422, "too-slow", `${what} took more than ${seconds} s, which this server allows; send less`);
        this.kill();
      }, seconds * 1000);
    };
    const cancel = () => {
      this.#child?.send({ type: "cancel" } satisfies ToWorker);
      grace = setTimeout(() => this.kill(), CANCEL_MS);
    };
    try {
      const finished = this.#converse<RestoredPhoto>({ type: "restore", task }, (message, resolve) => {
        if (message.type === "opened") within(decodeSeconds, "reading the photo");
        else if (message.type === "decoded") within(jobSeconds, "restoring the photo");
        else if (message.type === "progress") onProgress(message.progress);
        else if (message.type === "done") resolve(message.restored);
      });
      if (signal.aborted) cancel();
      else signal.addEventListener("abort", cancel, { once: true });
      return await finished;
    } catch (error) {
      if (signal.aborted) throw new UnblurError("cancelled", "cancelled");
      throw late ?? error;
    } finally {
      clearTimeout(clock);
      clearTimeout(grace);
      signal.removeEventListener("abort", cancel);
    }
  }

  #converse<T>(question: ToWorker, listen: (message: FromWorker, resolve: (value: T) => void) => void): Promise<T> {
    const child = this.#start();
    return new Promise<T>((resolve, reject) => {
      const onMessage = (message: FromWorker) => {
        if (message.type === "failed") end(() => reject(errorOf(message)));
        else listen(message, (value) => end(() => resolve(value)));
      };
      const onExit = (code: number | null, by: NodeJS.Signals | null) =>
        end(() => reject(new Refusal(500, "crashed", `the process that restored this photo ended (${by ?? code})`)));
      const onError = (error: Error) => end(() => reject(error));
      const end = (settle: () => void) => {
        child.off("message", onMessage).off("exit", onExit).off("error", onError);
        settle();
      };
      child.on("message", onMessage).on("exit", onExit).on("error", onError);
      child.send(question);
    });
  }

  kill(): void {
    this.#child?.kill("SIGKILL");
  }
}

const errorOf = ({ code, message }: Extract<FromWorker, { type: "failed" }>): Error =>
  code === "internal" ? new Error(message) : new UnblurError(code, message);
