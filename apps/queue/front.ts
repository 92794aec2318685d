/**
 * @file The parts of a service that computes nothing itself: restorers on the queue, a folder in the store, metrics.
 */

import { mkdir } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import type { Backend } from "../server/service.js";
import type { QueueAddress } from "./address.js";
import { serveBoard } from "./board.js";
import { connect, workersThere } from "./connection.js";
import { JobClient } from "./job-client.js";
import { QueueRestorers } from "./queue-restorers.js";
import { Store } from "./store.js";

/**
 * Folder of uploads in the store, with one folder per machine: a service removes the leftovers of killed services of
 * its own machine.
 */
const FOLDER = ".unblur-serve";

const STATES = ["waiting", "prioritized", "active", "delayed", "failed", "completed"] as const;

/**
 * Opens queue and store. Throws `device` or `file` if one of them is not available. Dispose it after the service has
 * stopped.
 */
export async function openFront(
  { address, store: folder }: { readonly address: QueueAddress; readonly store: string },
  say: (line: string) => void,
): Promise<{ readonly backend: Backend } & AsyncDisposable> {
  const store = await Store.open(folder);
  const connection = await connect(address, {
    onLost: (why) => say(`the connection to the queue's server is lost (${why}); waiting for it`),
    onBack: () => say("the queue's server is back"),
  });
  const client = new JobClient(connection);
  const host = hostname().replace(/[^A-Za-z0-9-]+/g, "-");
  const uploads = join(store.root, FOLDER, host);
  await mkdir(uploads, { recursive: true });
  return {
    backend: {
      restorers: new QueueRestorers(client, store, await store.makeId()),
      folder: uploads,
      isReady: () => connection.isThere,
      addRoutes: (app) => serveBoard(app, client.queue),
      figures: {
        jobs: {
          help: "Jobs of the queue, of all services and commands, by state",
          label: "state",
          async values() {
            return connection.isThere ? client.queue.getJobCounts(...STATES) : {};
          },
        },
        workers: {
          help: "Workers that are connected to the queue",
          label: null,
          async values() {
            return connection.isThere ? { all: await workersThere(client.queue, connection) } : {};
          },
        },
      },
    },
    async [Symbol.asyncDispose]() {
      await client[Symbol.asyncDispose]();
      await connection[Symbol.asyncDispose]();
    },
  };
}
