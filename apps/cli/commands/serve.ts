/** @file `unblur serve`: serves the page and the HTTP API. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod";
import { whenAborted } from "../../../platform/node/threads/when-aborted.js";
import { UnblurError } from "../../../src/base/errors.js";
import { queueOption, readAddress, storeOption } from "../../queue/address.js";
import { withQueuePackages } from "../../queue/load.js";
import { serviceOptions } from "../../server/options.js";
import type { Service } from "../../server/service.js";
import { defineCommand } from "../command.js";
import { EXIT } from "../exit-codes.js";
import type { Io } from "../io.js";
import { UsageError } from "../usage-error.js";

const NO_PAGE = "The page is not built (npm run build:web), so there is only the HTTP API. Ctrl-C ends it.";

export const serve = defineCommand({
  name: "serve",
  summary: "Serve the page and the HTTP API.",
  examples: [
    "unblur serve",
    "unblur serve --export public/unblur",
    "UNBLUR_TOKEN=... unblur serve --host 0.0.0.0 --port 80",
    "curl --data-binary @photo.jpg -H 'Content-Type: image/jpeg' -o sharp.jpg localhost:8080/v1/restore",
  ],
  details: [
    "The page restores in the browser; the API (/docs, /openapi.json) restores on this machine. `unblur-photo/client` is its typed client.",
    "After Ctrl-C or SIGTERM, running restorations may finish (--stop-seconds); new ones are refused.",
    "--export writes the page with its models and its runtime as a folder for any static host, and stops.",
    "With --queue this process computes nothing: `unblur worker` does, on other machines, --concurrency photos at a time over all of them.",
  ],
  options: {
    ...serviceOptions,
    queue: queueOption,
    store: storeOption,
    export: z.string().optional().meta({ value: "DIR", description: "Write the page as a folder instead" }),
  },
  async run({ token = process.env.UNBLUR_TOKEN, queue, store, export: folder, ...options }, io) {
    if (folder !== undefined) {
      const { exportSite } = await import("../../server/site-files.js");
      await exportSite(folder);
      io.print(folder);
      return EXIT.done;
    }
    if (options.site !== undefined && !existsSync(join(options.site, "index.html")))
      throw new UsageError(
        `--site: expected a folder with the page (index.html), as --export writes it, got ${JSON.stringify(options.site)}`,
      );
    const { startService } = await import("../../server/service.js");
    await using front = await openQueue({ queue, store }, io);
    let service: Service;
    try {
      service = await startService(
        { ...options, ...(token ? { token } : {}) },
        {
          ...{ signal: io.signal, backend: front?.backend },
          onListening({ url, hasSite }) {
            io.say(hasSite ? `Open ${url} in a browser. Ctrl-C ends it.` : NO_PAGE);
            io.say(`Programs use the HTTP API there: ${url}/docs describes it.`);
          },
        },
      );
    } catch (error) {
      if (error instanceof UnblurError && error.code === "cancelled") return EXIT.done;
      throw error;
    }
    await whenAborted(io.signal);
    io.say("Stopping: running restorations finish first.");
    await service.stop();
    return EXIT.done;
  },
});

/** Opens the queue's part of a service; null without a queue. It runs before anything else is opened. */
async function openQueue({ queue, store }: { queue: string | undefined; store: string | undefined }, io: Io) {
  if (queue === undefined && store === undefined) return null;
  if (queue === undefined)
    throw new UsageError("--store: expected --queue with it, the server that hands out the work");
  if (store === undefined)
    throw new UsageError("--queue: expected --store with it, the folder that all machines share");
  const { openFront } = await withQueuePackages(() => import("../../queue/front.js"));
  return openFront({ address: readAddress(queue), store }, (line) => io.say(line));
}
