/** @file A service whose photos are restored by a worker of a queue, on a real Redis: for the tests of the service. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readAddress } from "../../apps/queue/address.js";
import { connect } from "../../apps/queue/connection.js";
import { openFront } from "../../apps/queue/front.js";
import { QueueWorker } from "../../apps/queue/queue-worker.js";
import { Store } from "../../apps/queue/store.js";
import type { ServiceOptions } from "../../apps/server/options.js";
import { type Service, startService } from "../../apps/server/service.js";
import { RedisServer } from "./redis-server.js";

/** `stop` of what is returned ends the service, then the worker and the Redis. */
export async function startQueuedService(options: ServiceOptions): Promise<Service> {
  const folder = mkdtempSync(join(tmpdir(), "unblur-queued-service-"));
  const redis = await RedisServer.start();
  const address = readAddress(redis.url, {});
  const front = await openFront({ address, store: folder }, () => {});
  const connection = await connect(address);
  const { concurrency } = options;
  const worker = new QueueWorker(
    { connection, store: await Store.open(folder), concurrency, threads: options.threads, name: "worker" },
    { say: () => {}, ended: () => {} },
  );
  worker.start();
  const closeAll = async () => {
    await worker.stop(0);
    await connection[Symbol.asyncDispose]();
    await front[Symbol.asyncDispose]();
    await redis[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true, force: true });
  };
  const service = await startService(options, { backend: front.backend }).catch(async (error: unknown) => {
    await closeAll();
    throw error;
  });
  let stopped: Promise<void> | null = null;
  return {
    ...{ url: service.url, hasSite: service.hasSite, routes: service.routes },
    get folder() {
      return service.folder;
    },
    get workers() {
      return worker.pids;
    },
    stop() {
      stopped ??= service.stop().then(closeAll);
      return stopped;
    },
  };
}
