/** @file Lifetime of a worker: connects, works until it is stopped, and disconnects. */
import { whenAborted } from "../../platform/node/threads/when-aborted.js";
import { describeAddress, type QueueAddress } from "./address.js";
import { connect } from "./connection.js";
import { QueueWorker } from "./queue-worker.js";
import { Store } from "./store.js";
import { WorkerMetrics } from "./worker-metrics.js";

export interface RunWorkerOptions {
  readonly address: QueueAddress;
  readonly store: string;
  readonly concurrency: number;
  readonly threads: number | undefined;
  readonly name: string;
  readonly stopSeconds: number;
  /** Address of /metrics and /health; null: not served. */
  readonly metrics: { readonly port: number; readonly host: string } | null;
}

/** Works until the signal fires. Throws `device` or `file` if the queue or the store is not available at the start. */
export async function runWorker(
  { address, stopSeconds, metrics: at, ...options }: RunWorkerOptions,
  signal: AbortSignal,
  say: (line: string) => void,
): Promise<void> {
  const store = await Store.open(options.store);
  await using connection = await connect(address, {
    onLost: (why) => say(`the connection to the queue's server is lost (${why}); waiting for it`),
    onBack: () => say("the queue's server is back"),
  });
  const metrics = new WorkerMetrics(options.name);
  const worker = new QueueWorker(
    { ...options, store, connection },
    { say, ended: (how, seconds) => metrics.ended(how, seconds) },
  );
  metrics.watch(() => worker.active);
  await using server = at === null ? null : await metrics.serve(at);
  worker.start();
  const { concurrency, name } = options;
  say(
    `worker ${name}: ${concurrency} job${concurrency === 1 ? "" : "s"} at a time, from ${describeAddress(address)}` +
      (server ? `, figures at ${server.url}/metrics` : ""),
  );
  await whenAborted(signal);
  say("stopping: what runs may end first");
  await worker.stop(stopSeconds);
}
