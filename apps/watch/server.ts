/** @file Serves the page of `unblur watch` and its data to this machine, and notifies the page of new data. */
import { createReadStream } from "node:fs";
import Fastify, { type FastifyInstance } from "fastify";
import { listening } from "../../platform/node/listening.js";
import { UnblurError } from "../../src/base/errors.js";
import { CURVE_POINTS } from "./export-runs.js";
import { livePage } from "./page-file.js";
import { AXES, type Axis } from "./watched-metrics.js";
import { findRuns, type WatchedRun } from "./watched-run.js";

const HOST = "127.0.0.1";
const LOOK_MS = 1000;
const LOOPBACK = /^(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/;

export interface Watch {
  readonly url: string;
  close(): Promise<void>;
}

/** Runs of a folder, including those that start later. */
class Watched {
  readonly runs = new Map<string, WatchedRun>();

  readonly #reported = new Set<string>();

  constructor(
    private readonly path: string,
    private readonly onProblem: (problem: string) => void,
  ) {}

  /** Looks for new runs. Throws `file` if there is no run (any more). */
  async find(): Promise<boolean> {
    const found = await findRuns(
      this.path,
      (problem) => this.#report(problem),
      (name) => this.runs.has(name),
    );
    for (const run of found) this.runs.set(run.name, run);
    return found.length > 0;
  }

  /** Reads new data and returns whether there was any. A run that cannot be read does not affect the others. */
  async update(): Promise<boolean> {
    let changed = false;
    const attempt = async (what: () => Promise<boolean>) => {
      try {
        if (await what()) changed = true;
      } catch (error) {
        this.#report(error instanceof Error ? error.message : String(error)); // for example, a folder that is being moved
      }
    };
    await attempt(() => this.find());
    for (const run of this.runs.values()) await attempt(() => run.update());
    return changed;
  }

  /** Reports each problem once, because every update meets it again. */
  #report(problem: string): void {
    if (this.#reported.has(problem)) return;
    this.#reported.add(problem);
    this.onProblem(problem);
  }

  get(name: unknown): WatchedRun {
    const run = typeof name === "string" ? this.runs.get(name) : undefined;
    if (!run) throw new UnblurError("file", `no run ${JSON.stringify(name)}`);
    return run;
  }
}

const asNumber = (text: string | undefined): number | undefined =>
  text === undefined || !Number.isFinite(Number(text)) ? undefined : Number(text);

function routes(app: FastifyInstance, watched: Watched, listeners: Set<() => void>): void {
  const { html, policy } = livePage();
  app.addHook("onRequest", async (request, reply) => {
    if (!LOOPBACK.test(request.headers.host ?? ""))
      return reply.code(421).send({ error: "expected a name of this machine" });
    reply.header("Content-Security-Policy", policy).header("X-Content-Type-Options", "nosniff");
  });
  app.setErrorHandler((error, _, reply) =>
    reply
      .code(error instanceof UnblurError ? 404 : 500)
      .send({ error: error instanceof Error ? error.message : "failed" }),
  );
  app.get("/", (_, reply) => reply.type("text/html; charset=utf-8").send(html));
  app.get("/api/runs", () =>
    [...watched.runs.values()].map((run) =>
      run.facts((picture) => `api/sample?run=${encodeURIComponent(run.name)}&name=${encodeURIComponent(picture)}`),
    ),
  );
  app.get<{ Querystring: Record<string, string | undefined> }>("/api/curve", ({ query }) => {
    const { run, metric = "", from, to } = query;
    const axis = AXES.find((name) => name === query.axis) ?? ("step" satisfies Axis);
    const [low, high] = [asNumber(from), asNumber(to)];
    return watched.get(run).metrics.curve(metric, {
      ...{ axis, points: CURVE_POINTS },
      ...(low === undefined ? {} : { from: low }),
      ...(high === undefined ? {} : { to: high }),
    });
  });
  app.get<{ Querystring: Record<string, string | undefined> }>("/api/sample", ({ query }, reply) =>
    reply.type("image/png").send(createReadStream(watched.get(query.run).samplePath(query.name ?? ""))),
  );
  app.get("/api/events", (_, reply) => {
    reply.hijack();
    const { raw } = reply;
    raw.writeHead(200, { "Content-Type": "text/event-stream", "Cache-Control": "no-store" });
    const report = () => raw.write("data: changed\n\n");
    listeners.add(report);
    raw.write(": watching\n\n");
    const unsubscribe = () => listeners.delete(report);
    if (raw.closed)
      unsubscribe(); // the event is over
    else raw.once("close", unsubscribe);
  });
}

/**
 * `onProblem` is called for runs that cannot be read. Throws `file` for a folder without runs, or if the page is not
 * built.
 */
export async function startWatch(path: string, port: number, onProblem: (problem: string) => void): Promise<Watch> {
  const watched = new Watched(path, onProblem);
  await watched.find();
  await watched.update();
  const listeners = new Set<() => void>();
  const app = Fastify({ logger: false, forceCloseConnections: true });
  routes(app, watched, listeners);
  let looking: Promise<void> | null = null;
  const look = async () => {
    if (await watched.update()) for (const report of listeners) report();
    looking = null;
  };
  const timer = setInterval(() => {
    looking ??= look();
  }, LOOK_MS);
  const close = async () => {
    clearInterval(timer);
    await looking;
    await app.close();
  };
  try {
    return { url: await listening(app.listen({ host: HOST, port }), HOST, port), close };
  } catch (error) {
    await close();
    throw error;
  }
}
