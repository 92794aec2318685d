/** @file Reads photo headers in separate processes, one photo per process at a time, with a time limit. */
import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { programFile, STARTS_SOURCES } from "../../platform/node/files/package-root.js";
import { UnknownFormatError } from "../../platform/node/photos/image-source.js";
import { UnblurError } from "../../src/base/errors.js";
import type { HeaderAnswer, HeaderQuestion, PhotoHeader } from "./header-messages.js";
import { Refusal, stopping } from "./refusal.js";

/**
 * Largest number of processes: hostile headers occupy some, the others continue. Reading a header takes milliseconds.
 */
const MAX_PROCESSES = 4;

export class HeaderReader {
  readonly #idle: ChildProcess[] = [];
  readonly #busy = new Set<ChildProcess>();
  readonly #waiting: (() => void)[] = [];
  #taken = 0;
  #closed = false;

  constructor(private readonly limitSeconds: number) {}

  /** Process ids of the live processes. */
  get pids(): readonly number[] {
    return [...this.#idle, ...this.#busy].flatMap(({ pid }) => (pid === undefined ? [] : [pid]));
  }

  /**
   * Reads a header. Throws the errors of `openImage`, or a Refusal for a time limit, a process that ended, or a
   * stopping service.
   */
  async read(question: HeaderQuestion): Promise<PhotoHeader> {
    if (this.#taken === MAX_PROCESSES) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    else this.#taken += 1;
    try {
      return headerOf(await this.#ask(question));
    } finally {
      const next = this.#waiting.shift(); // inherits the process slot
      if (next) next();
      else this.#taken -= 1;
    }
  }

  #start(): ChildProcess {
    const child = fork(fileURLToPath(programFile("apps/server/header-process")), [], {
      execArgv: STARTS_SOURCES ? ["--import", "tsx"] : [],
      stdio: ["ignore", "ignore", "inherit", "ipc"],
    });
    // An idle process that ends is removed from the pool.
    child
      .on("error", () => child.kill("SIGKILL"))
      .once("exit", () => {
        const at = this.#idle.indexOf(child);
        if (at >= 0) this.#idle.splice(at, 1);
      });
    return child;
  }

  #ask(question: HeaderQuestion): Promise<HeaderAnswer> {
    if (this.#closed) return Promise.reject(stopping());
    const child = this.#idle.pop() ?? this.#start();
    this.#busy.add(child);
    return new Promise<HeaderAnswer>((resolve, reject) => {
      const clock = setTimeout(() => {
        settle(() => reject(tooSlow(question.name, this.limitSeconds)));
        child.kill("SIGKILL");
      }, this.limitSeconds * 1000);
      const onMessage = (answer: HeaderAnswer) =>
        settle(() => {
          this.#idle.push(child);
          resolve(answer);
        });
      const ended = (how: unknown) => settle(() => reject(this.#closed ? stopping() : crash(question.name, how)));
      const onExit = (code: number | null, by: NodeJS.Signals | null) => ended(by ?? code);
      const settle = (what: () => void) => {
        clearTimeout(clock);
        this.#busy.delete(child);
        child.off("message", onMessage).off("exit", onExit).off("error", ended);
        what();
      };
      child.on("message", onMessage).on("exit", onExit).on("error", ended);
      child.send(question);
    });
  }

  /** Ends all processes and refuses the headers being read. */
  close(): void {
    this.#closed = true;
    for (const child of [...this.#idle, ...this.#busy]) child.kill("SIGKILL");
  }
}

function headerOf(answer: HeaderAnswer): PhotoHeader {
  if (answer.type === "header") return answer.header;
  if (answer.type === "unknown-format") throw new UnknownFormatError(answer.message);
  const { code, message } = answer;
  throw code === "internal" ? new Error(message) : new UnblurError(code, message);
}

const tooSlow = (name: string, seconds: number): Refusal =>
  new Refusal(
    422,
    "too-slow",
    `${name}: reading its header took longer than this server's limit of ${seconds} s; save it again and retry`,
  );

const crash = (name: string, how: unknown): Refusal =>
  new Refusal(500, "crashed", `${name}: the process that read its header ended (${how}); save it again and retry`);
