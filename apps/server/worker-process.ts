/**
 * @file The service's side of a worker process: tasks in, results or reasons out. A process that ended is replaced.
 */
import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { programFile, STARTS_SOURCES } from "../../platform/node/files/package-root.js";
import type { ShareTask, TrainedShare } from "../../platform/node/runs/training-share.js";
import { hugePages } from "../../platform/node/threads/huge-pages.js";
import type { RuntimeOptions } from "../../platform/node/threads/runtime.js";
import { UnblurError } from "../../src/base/errors.js";
import type { RestoreProgress } from "../../src/restoration/restorer.js";
import { Refusal, stopping } from "./refusal.js";
import type { Answer, Failure, FromWorker, Question, RestoredPhoto, RestoreTask, ToWorker } from "./worker-messages.js";

/** Time to stop after a `cancel`: a process finishes its current window before it reads messages. */
const CANCEL_MS = 1500;

export interface TaskOptions {
  readonly signal: AbortSignal;
  readonly decodeSeconds: number;
  readonly jobSeconds: number;
  onProgress(progress: RestoreProgress): void;
}

export interface TrainOptions {
  readonly signal: AbortSignal;
  /** Called after each step. */
  onStep(done: number): void;
}

/** A question and the handlers of its answers. */
interface Conversation<T> {
  readonly answer: Promise<T>;
  cancel(): void;
}

export class WorkerProcess {
  #child: ChildProcess | null = null;
  #questions = 0;
  #closed = false;

  constructor(private readonly runtime: RuntimeOptions) {}

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  #start(): ChildProcess {
    if (this.#child) return this.#child;
    const child = fork(fileURLToPath(programFile("apps/server/worker")), [JSON.stringify(this.runtime)], {
      execArgv: STARTS_SOURCES ? ["--import", "tsx"] : [],
      env: { ...process.env, ...hugePages(process.env) },
      stdio: ["ignore", "ignore", "inherit", "ipc"],
    });
    const gone = () => {
      if (this.#child === child) this.#child = null;
    };
    child.once("exit", gone).once("error", () => {
      gone();
      child.kill("SIGKILL"); // the process is no longer used
    });
    this.#child = child;
    return child;
  }

  /** Opens a model before the first task. Rejects with the error of opening it. */
  open(model: string): Promise<void> {
    return this.#ask<void>({ type: "open", model }, (answer, resolve) => {
      if (answer.type === "opened") resolve();
    }).answer;
  }

  /**
   * Runs a task. Rejects with an UnblurError with the restoration's code, or with a Refusal for a model that cannot be
   * opened, a time limit or a process that ended. Concurrent tasks run one after the other, each with its own time
   * limits.
   */
  async run(task: RestoreTask, { signal, decodeSeconds, jobSeconds, onProgress }: TaskOptions): Promise<RestoredPhoto> {
    let late: Refusal | null = null;
    let clock: NodeJS.Timeout | undefined;
    const within = (seconds: number, refusal: (seconds: number) => Refusal) => {
      clearTimeout(clock);
      clock = setTimeout(() => {
        late = refusal(seconds);
        this.#kill();
      }, seconds * 1000);
    };
    const tooSlow = (what: string) => (seconds: number) =>
      new Refusal(
        422,
        "too-slow",
        `${what} took longer than this server's limit of ${seconds} s; send a smaller photo`,
      );
    within(jobSeconds, () => noModel(new Error(`opening ${task.settings.model} took more than ${jobSeconds} s`)));
    const conversation = this.#ask<RestoredPhoto>({ type: "restore", task }, (answer, resolve) => {
      if (answer.type === "opened") within(decodeSeconds, tooSlow("reading the photo"));
      else if (answer.type === "decoded") within(jobSeconds, tooSlow("restoring the photo"));
      else if (answer.type === "progress") onProgress(answer.progress);
      else if (answer.type === "done") resolve(answer.restored);
    });
    try {
      return await this.#untilAborted(conversation, signal);
    } catch (error) {
      throw signal.aborted ? error : (late ?? error);
    } finally {
      clearTimeout(clock);
    }
  }

  /** Trains a share of a run. Rejects with an UnblurError of training, or with a Refusal where the process ended. */
  train(task: ShareTask, { signal, onStep }: TrainOptions): Promise<TrainedShare> {
    const conversation = this.#ask<TrainedShare>({ type: "train", task }, (answer, resolve) => {
      if (answer.type === "steps") onStep(answer.done);
      else if (answer.type === "trained") resolve(answer.share);
    });
    return this.#untilAborted(conversation, signal);
  }

  /** The answer. At the signal the process is asked to stop, then killed; the answer is then `cancelled`. */
  async #untilAborted<T>(conversation: Conversation<T>, signal: AbortSignal): Promise<T> {
    let grace: NodeJS.Timeout | undefined;
    const cancel = () => {
      conversation.cancel();
      grace = setTimeout(() => this.#kill(), CANCEL_MS);
    };
    if (signal.aborted) cancel();
    else signal.addEventListener("abort", cancel, { once: true });
    try {
      return await conversation.answer;
    } catch (error) {
      throw signal.aborted ? new UnblurError("cancelled", "cancelled") : error;
    } finally {
      clearTimeout(grace);
      signal.removeEventListener("abort", cancel);
    }
  }

  #ask<T>(question: Question, listen: (answer: Answer, resolve: (value: T) => void) => void): Conversation<T> {
    if (this.#closed) return { answer: Promise.reject(stopping()), cancel: () => {} };
    const child = this.#start();
    const id = ++this.#questions;
    const send = (message: Question | { type: "cancel" }) => {
      if (child.connected) child.send({ id, ...message } satisfies ToWorker);
    };
    const answer = new Promise<T>((resolve, reject) => {
      const onMessage = ({ id: of, ...said }: FromWorker) => {
        if (of !== id) return;
        if (said.type === "failed") end(() => reject(errorOf(said)));
        else if (said.type === "no-model")
          end(() => reject(question.type === "open" ? errorOf(said) : noModel(errorOf(said))));
        else listen(said, (value) => end(() => resolve(value)));
      };
      const what = question.type === "train" ? "trained this share" : "restored this photo";
      const ended = (how: unknown) => end(() => reject(crash(what, how)));
      const onExit = (code: number | null, by: NodeJS.Signals | null) => ended(by ?? code);
      const end = (settle: () => void) => {
        child.off("message", onMessage).off("exit", onExit).off("error", ended);
        settle();
      };
      child.on("message", onMessage).on("exit", onExit).on("error", ended);
      send(question);
    });
    return { answer, cancel: () => send({ type: "cancel" }) };
  }

  #kill(): void {
    this.#child?.kill("SIGKILL");
  }

  /** Ends the process without replacing it. */
  close(): void {
    this.#closed = true;
    this.#kill();
  }
}

function errorOf({ code, message, system }: Failure): Error {
  const cause = system === undefined ? undefined : Object.assign(new Error(system), { code: system });
  return code === "internal" ? new Error(message, { cause }) : new UnblurError(code, message, { cause });
}

const crash = (what: string, how: unknown): Refusal =>
  new Refusal(500, "crashed", `the process that ${what} ended (${how})`);

/** Clients select models by name only, so a model that does not open is the server's fault. */
const noModel = (cause: Error): Refusal =>
  new Refusal(500, "model", "this server cannot open its model, as its log explains; name another one of /v1/models", {
    cause,
  });
