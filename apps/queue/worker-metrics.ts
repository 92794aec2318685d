/** @file Prometheus metrics of a worker, served without authentication: counts and times, no names of files. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import { listening } from "../../platform/node/listening.js";
import type { Ended } from "./work.js";

const SECONDS = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300];

export class WorkerMetrics {
  readonly #registry = new Registry();
  readonly #ended = new Counter({
    ...{ name: "unblur_worker_jobs_total", help: "Jobs by how they ended here", registers: [this.#registry] },
    labelNames: ["how"],
  });
  readonly #seconds = new Histogram({
    ...{ name: "unblur_worker_restore_seconds", help: "Time of a restoration", registers: [this.#registry] },
    buckets: SECONDS,
  });

  constructor(name: string) {
    this.#registry.setDefaultLabels({ worker: name });
    collectDefaultMetrics({ register: this.#registry });
  }

  ended(how: Ended, seconds: number): void {
    this.#ended.inc({ how });
    if (how === "restored") this.#seconds.observe(seconds);
  }

  watch(active: () => number): void {
    new Gauge({
      ...{ name: "unblur_worker_active", help: "Jobs in work", registers: [this.#registry] },
      collect() {
        this.set(active());
      },
    });
  }

  async serve({ port, host }: { port: number; host: string }): Promise<{ readonly url: string } & AsyncDisposable> {
    const server = createServer(async ({ url }, answer) => {
      if (url === "/health") answer.end("ok\n");
      else if (url === "/metrics")
        answer.setHeader("Content-Type", this.#registry.contentType).end(await this.#registry.metrics());
      else answer.writeHead(404).end();
    });
    const listen = new Promise<void>((resolve, reject) => {
      server.once("error", reject).listen(port, host, () => resolve());
    });
    await listening(listen, host, port);
    const { port: own } = server.address() as AddressInfo;
    return {
      url: `http://${host.includes(":") ? `[${host}]` : host}:${own}`,
      [Symbol.asyncDispose]: () =>
        new Promise((resolve) => {
          server.close(() => resolve());
          server.closeAllConnections();
        }),
    };
  }
}
