/** @file A runtime whose sessions live in a separate worker, which can be terminated during a computation. */
import { cancelled, UnblurError } from "../../src/base/errors.js";
import { compile } from "../../src/graph/compile.js";
import { add } from "../../src/graph/ops/arithmetic.js";
import { input } from "../../src/graph/tensor.js";
import { floats, type Runtime, type Session } from "../../src/runtime/session.js";
import type { OnBytes } from "./cached-bytes.js";
import type { DeviceChoice, RuntimeSource } from "./runtime.js";
import type { SessionAnswer, SessionCall, SessionResults } from "./session-messages.js";

export interface WorkerRuntime extends Runtime {
  /**
   * Ends the current computation within milliseconds; it rejects with `cancelled`. A session reopens by itself at its
   * next run, which restarts the worker from the cache.
   */
  stop(): void;
}

/** A worker with a runtime, and its unanswered calls. */
class SessionWorker {
  readonly #worker = new Worker(new URL("./session-worker.ts", import.meta.url), { type: "module" });
  readonly #waiting = new Map<
    number,
    { resolve(value: never): void; reject(error: Error): void; onBytes?: OnBytes | undefined }
  >();
  #calls = 0;
  #ended: Error | null = null;

  constructor() {
    this.#worker.addEventListener("message", ({ data }: MessageEvent<SessionAnswer>) => this.#answered(data));
    this.#worker.addEventListener("error", ({ message }) =>
      this.#end(new UnblurError("device", `the runtime stopped (${message || "out of memory?"}); try a smaller photo`)),
    );
  }

  /** True once the worker has ended. */
  get ended(): boolean {
    return this.#ended !== null;
  }

  call<C extends SessionCall>(call: C, onBytes?: OnBytes): Promise<SessionResults[C["kind"]]> {
    const id = ++this.#calls;
    return new Promise((resolve, reject) => {
      if (this.#ended) return reject(this.#ended);
      this.#waiting.set(id, { resolve, reject, onBytes });
      this.#worker.postMessage({ ...call, id });
    });
  }

  stop(): void {
    this.#worker.terminate();
    this.#end(cancelled());
  }

  #answered(answer: SessionAnswer): void {
    const call = this.#waiting.get(answer.id);
    if (!call) return;
    if ("bytes" in answer) {
      call.onBytes?.(...answer.bytes);
      return;
    }
    this.#waiting.delete(answer.id);
    if ("value" in answer) call.resolve(answer.value as never);
    else call.reject(new UnblurError(answer.error.code, answer.error.message));
  }

  #end(error: Error): void {
    this.#ended ??= error;
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }
}

/** Loads the runtime and computes a small test, so that a broken device is found now. Throws `file` and `device`. */
export async function createWorkerRuntime(
  choice: DeviceChoice,
  source: RuntimeSource,
  onBytes?: OnBytes,
): Promise<WorkerRuntime> {
  let description = "";
  let current: Promise<SessionWorker> | null = null;
  const start = async (): Promise<SessionWorker> => {
    const worker = new SessionWorker();
    try {
      ({ description } = await worker.call({ kind: "load", choice, source }, onBytes));
      return worker;
    } catch (error) {
      worker.stop();
      throw error;
    }
  };
  /** The worker, or a new one if it has ended or could not start. */
  const running = (): Promise<SessionWorker> => {
    current = current ? current.then((worker) => (worker.ended ? start() : worker), start) : start();
    return current;
  };
  const runtime: WorkerRuntime = {
    get description() {
      return description;
    },
    async open(graph) {
      const openSession = async () => {
        const worker = await running();
        const { session, ...said } = await worker.call({ kind: "open", graph });
        description = said.description;
        return { worker, session };
      };
      let place = await openSession();
      const release = async () => {
        const { worker, session } = place;
        if (!worker.ended) await worker.call({ kind: "release", session });
      };
      return {
        graph,
        release,
        [Symbol.asyncDispose]: release,
        async run(feeds) {
          if (place.worker.ended) place = await openSession();
          return place.worker.call({ kind: "run", session: place.session, feeds });
        },
      } satisfies Session;
    },
    stop() {
      // A worker that is still starting is ended as soon as it has started.
      void current?.then(
        (worker) => worker.stop(),
        () => {},
      );
      current = null;
    },
  };
  const x = input("x", [1]);
  await using session = await runtime.open(compile({ inputs: [x], outputs: { y: add(x, x) } }));
  await session.run({ x: floats(Float32Array.of(1), [1]) });
  return runtime;
}
