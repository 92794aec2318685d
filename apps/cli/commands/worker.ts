/** @file `unblur worker`: restores photos and trains shares from a queue. */
import { hostname } from "node:os";
import * as z from "zod";
import { whenAborted } from "../../../platform/node/threads/when-aborted.js";
import { UnblurError } from "../../../src/base/errors.js";
import { queueOption, readAddress, storeOption } from "../../queue/address.js";
import { withQueuePackages } from "../../queue/load.js";
import { defineCommand } from "../command.js";
import { EXIT } from "../exit-codes.js";
import { threadsOption } from "../shared-options.js";
import { UsageError } from "../usage-error.js";

export const worker = defineCommand({
  name: "worker",
  summary: "Restore and train what other machines hand out with --queue.",
  examples: [
    "unblur worker --queue redis://nas:6379 --store /mnt/photos",
    "UNBLUR_QUEUE_PASSWORD=... unblur worker --queue rediss://queue.example:6380 --store /mnt/photos --concurrency 2",
  ],
  details: [
    "Photos and results are read and written below --store, a folder that all machines share; the queue holds references only.",
    "Every worker needs the clients' program version and models; a worker with others refuses their jobs and reports why.",
    "After Ctrl-C or SIGTERM, running jobs may finish (--stop-seconds); then photos go to another worker, and a round of training continues without this share.",
  ],
  options: {
    queue: queueOption,
    store: storeOption,
    concurrency: z
      .int()
      .min(1)
      .max(64)
      .default(1)
      .describe("Photos or shares of training at the same time, each in a process of its own"),
    threads: threadsOption,
    name: z.string().min(1).max(100).optional().meta({
      value: "TEXT",
      description: "Name in messages and metrics (default: the machine's name and the process id)",
    }),
    stopSeconds: z.int().min(0).max(86_400).default(30).describe("Time for running jobs to finish after SIGTERM"),
    metricsPort: z
      .int()
      .min(0)
      .max(65_535)
      .optional()
      .describe("Serve /health and Prometheus metrics (/metrics) on this port"),
    metricsHost: z.string().default("127.0.0.1").meta({ value: "HOST", description: "Address of --metrics-port" }),
  },
  async run({ queue, store, concurrency, threads, stopSeconds, metricsPort, metricsHost, name }, io) {
    if (queue === undefined) throw new UsageError("--queue URL is missing: the Redis or Valkey server of the queue");
    if (store === undefined) throw new UsageError("--store DIR is missing: the folder that holds photos and results");
    const { runWorker } = await withQueuePackages(() => import("../../queue/run-worker.js"));
    try {
      await runWorker(
        {
          ...{ address: readAddress(queue), store, concurrency, threads, stopSeconds },
          name: name ?? `${hostname()}-${process.pid}`,
          metrics: metricsPort === undefined ? null : { port: metricsPort, host: metricsHost },
        },
        io.signal,
        (line) => io.say(line),
      );
    } catch (error) {
      if (!(error instanceof UnblurError && error.code === "cancelled")) throw error;
    }
    await whenAborted(io.signal);
    return EXIT.done;
  },
});
