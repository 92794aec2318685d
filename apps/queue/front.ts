/** @file What a service needs to compute nothing itself: restorers on the queue, a folder in the store, figures. */

import { mkdir } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import type { Backend } from "../server/service.js";
import type { QueueAddress } from "./address.js";
import { serveBoard } from "./board.js";
import { connect } from "./connection.js";
import { JobClient } from "./job-client.js";
import { QueueRestorers } from "./queue-restorers.js";
import { Store } from "./store.js";

/** Folder of uploads in the store, a folder per machine in it: a service removes what killed ones of its own machine left. */
const FOLDER = ".unblur-serve";

const STATES = ["waiting", "prioritized", "active", "delayed", "failed", "completed"] as const;

/** Throws `device` or `file` where queue or store are not there. Dispose it when the service has stopped. */
export async function openFront(
  { address, store: folder }: { readonly address: QueueAddress; readonly store: string },
  say: (line: string) => void,
): Promise<{ readonly backend: Backend } & AsyncDisposable> {
  const store = await Store.open(folder);
  const connection = await connect(address, {
    onLost: (why) => say(`the queue's server is gone (${why}); waiting for it`),
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
            return connection.isThere ? { all: await client.queue.getWorkersCount() } : {};
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
