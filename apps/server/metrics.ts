/** @file Metrics of the service for Prometheus. */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import type { JobState } from "./contract.js";
import type { FairQueue } from "./fair-queue.js";

const SECONDS = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300];

/** Gauges that are computed when they are read: by the rest of their names, one value per label, or "all" without. */
export type Figures = Readonly<
  Record<
    string,
    { readonly help: string; readonly label: string | null; values(): Promise<Readonly<Record<string, number>>> }
  >
>;

export class Metrics {
  readonly registry = new Registry();
  readonly #requests = new Counter({
    ...{ name: "unblur_http_requests_total", help: "Requests by route and status", registers: [this.registry] },
    labelNames: ["method", "route", "status"],
  });
  readonly #jobs = new Counter({
    ...{ name: "unblur_jobs_total", help: "Photos by outcome", registers: [this.registry] },
    labelNames: ["state"],
  });
  readonly #seconds = new Histogram({
    ...{ name: "unblur_restore_seconds", help: "Time of a restoration", registers: [this.registry] },
    buckets: SECONDS,
  });
  readonly #pixels = new Counter({
    ...{ name: "unblur_restored_pixels_total", help: "Pixels restored", registers: [this.registry] },
  });

  /** `logError`: receives internal failures, which clients are not told. */
  constructor(
    queue: FairQueue,
    private readonly logError: (facts: object, what: string) => void,
    figures: Figures = {},
  ) {
    collectDefaultMetrics({ register: this.registry });
    const gauge = (name: string, help: string, value: () => number) =>
      new Gauge({
        ...{ name, help, registers: [this.registry] },
        collect() {
          this.set(value());
        },
      });
    gauge("unblur_jobs_waiting", "Photos waiting", () => queue.waiting);
    gauge("unblur_jobs_running", "Photos being restored", () => queue.running);
    for (const [name, { help, label, values }] of Object.entries(figures))
      new Gauge({
        ...{ name: `unblur_queue_${name}`, help, labelNames: label === null ? [] : [label] },
        registers: [this.registry],
        async collect() {
          this.reset();
          for (const [key, value] of Object.entries(await values()))
            if (label === null) this.set(value);
            else this.set({ [label]: key }, value);
        },
      });
  }

  answered(method: string, route: string, status: number): void {
    this.#requests.inc({ method, route, status });
  }

  restored(pixels: number, seconds: number): void {
    this.#pixels.inc(pixels);
    this.#seconds.observe(seconds);
  }

  ended(state: JobState): void {
    this.#jobs.inc({ state });
  }

  log(job: string, error: Error): void {
    this.logError({ job, err: error }, "a restoration failed");
  }
}
