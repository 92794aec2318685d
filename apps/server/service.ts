/**
 * @file The whole service: starts with its options and listens. When stopped, it ends the running work and leaves no
 * files behind.
 */

import type { Server } from "node:net";
import type { Readable } from "node:stream";
import multipart from "@fastify/multipart";
import Fastify, { type FastifyBaseLogger, type FastifyError, type FastifyInstance, type FastifyReply } from "fastify";
import { listening } from "../../platform/node/listening.js";
import { namedModels } from "../../platform/node/models/model-folders.js";
import { unblurVersion } from "../../platform/node/version.js";
import { throwIfCancelled } from "../../src/base/errors.js";
import type { Acceptance } from "./accept.js";
import { clientOf } from "./client-address.js";
import type { Problem } from "./contract.js";
import { FairQueue } from "./fair-queue.js";
import { HeaderReader } from "./header-reader.js";
import { Jobs, type Restorers } from "./jobs.js";
import { type Figures, Metrics } from "./metrics.js";
import { describeService } from "./openapi.js";
import type { ServiceOptions } from "./options.js";
import { quoted } from "./quoted.js";
import { CLIENT_CLOSED_REQUEST, Refusal, toRefusal } from "./refusal.js";
import { aboutRoutes } from "./routes/about.js";
import { jobRoutes } from "./routes/jobs.js";
import { restoreRoute } from "./routes/restore.js";
import { challengeOf, checkExposure, secure } from "./security.js";
import { serveSite } from "./site.js";
import { BUILT_PAGE } from "./site-files.js";
import { Storage } from "./storage.js";
import { answerExpectation, answerUnparsable } from "./unparsable.js";
import { WorkerPool } from "./worker-pool.js";

/** Closes the connections of an address beyond `most` immediately, so that one client cannot use all of them. */
function limitConnections(server: Server, most: number): void {
  const open = new Map<string, number>();
  server.on("connection", (socket) => {
    const client = clientOf(socket.remoteAddress ?? "");
    const count = (open.get(client) ?? 0) + 1;
    open.set(client, count);
    socket.once("close", () => {
      const left = open.get(client)! - 1;
      if (left === 0) open.delete(client);
      else open.set(client, left);
    });
    if (count > most) socket.destroy();
  });
}

/** Interval at which Node checks for requests that did not arrive in time. */
const LOOK_MS = 1000;
const POLL_MS = 50;
/** Time limit for a request's headers: an idle connection takes a place from others. */
const HEADERS_MS = 10_000;
const KEEP_ALIVE_MS = 5000;

export interface ServiceRoute {
  readonly method: string;
  /** Pattern of the route: /v1/jobs/:id */
  readonly url: string;
}

export interface Service {
  /** Address, such as http://127.0.0.1:8080. */
  readonly url: string;
  /** Serve the page as well. */
  readonly hasSite: boolean;
  /** Process ids of the workers. */
  readonly workers: readonly number[];
  /** Folder of uploads and results. */
  readonly folder: string;
  /** All routes. */
  readonly routes: readonly ServiceRoute[];
  /**
   * Refuses new photos, lets running ones finish within `stopSeconds`, ends the rest with errors and removes all files.
   */
  stop(): Promise<void>;
}

/** Restorers that replace the service's own processes. */
export interface Backend {
  readonly restorers: Restorers & Pick<WorkerPool, "pids" | "open" | "close">;
  /** Folder of uploads and results, which the restorers can read, too. */
  readonly folder: string;
  isReady(): boolean;
  /** Further routes, below /queue; they need the token. */
  addRoutes(app: FastifyInstance): Promise<void>;
  /** Further metrics, by the rest of their names. */
  readonly figures: Figures;
}

const MULTIPART_FIELDS = 32;

/** Logs a refusal: a client that hangs up as information, an internal failure as an error. */
function logRefusal(log: FastifyBaseLogger, refusal: Refusal, error: unknown): void {
  if (refusal.status === CLIENT_CLOSED_REQUEST) log.info("the client hung up");
  else if (refusal.status >= 500 && refusal.cause !== undefined) log.error(refusal.cause);
  else if (refusal.status >= 500 && !(error instanceof Refusal)) log.error(error);
}

/** Answers addresses that cannot be decoded or are too long; such requests reach no route and no hook. */
function answerUnreadable({ code, statusCode = 400 }: FastifyError, _: unknown, reply: FastifyReply): void {
  const message = `expected one of the routes of /docs, got a URL that cannot be parsed (${code})`;
  void reply.code(statusCode).send({ error: { code: "no-such-address", message } } satisfies Problem);
}

/** Fastify logs its address as soon as it has one; here others are told first. */
async function listenSilently(app: FastifyInstance, address: { host: string; port: number }): Promise<string> {
  const { level } = app.log;
  app.log.level = "silent";
  try {
    return await app.listen(address);
  } finally {
    app.log.level = level;
  }
}

export interface StartOptions {
  /** Aborts the start with a `cancelled` error. */
  readonly signal?: AbortSignal;
  /** Replaces the service's own processes. */
  readonly backend?: Backend | undefined;
  /** Called before the log's first line, so that a person at a terminal reads the address before lines for programs. */
  readonly onListening?: (service: Pick<Service, "url" | "hasSite">) => void;
}

/**
 * Opens the model, then listens. Throws `argument` for a host that needs a token, and the errors of opening the model
 * and of listening.
 */
export async function startService(
  options: ServiceOptions,
  { signal, backend, onListening }: StartOptions = {},
): Promise<Service> {
  const { host, port, token, model, concurrency, threads, logLevel, site = BUILT_PAGE } = options;
  checkExposure(host, token);
  const app = Fastify({
    logger: logLevel === "silent" ? false : { level: logLevel },
    requestTimeout: options.uploadSeconds * 1000,
    bodyLimit: options.maxMegabytes * 1e6,
    http: {
      connectionsCheckingInterval: LOOK_MS,
      headersTimeout: Math.min(HEADERS_MS, options.uploadSeconds * 1000),
      requireHostHeader: false, // `secure` refuses such a request, with the body of every other error
    },
    keepAliveTimeout: KEEP_ALIVE_MS,
    forceCloseConnections: true,
    return503OnClosing: false,
    genReqId: () => crypto.randomUUID(),
    frameworkErrors: answerUnreadable,
    clientErrorHandler: answerUnparsable,
  });
  const routes: ServiceRoute[] = [];
  app.addHook("onRoute", ({ method, url }) => {
    for (const name of [method].flat()) routes.push({ method: name, url });
  });
  app.server.on("checkExpectation", answerExpectation);
  app.server.maxConnections = options.maxConnections;
  limitConnections(app.server, options.clientConnections);
  const storage = await Storage.open(backend?.folder);
  const queue = new FairQueue(options);
  const pool = backend?.restorers ?? new WorkerPool(concurrency, { threads });
  const headers = new HeaderReader(options.decodeSeconds);
  const metrics = new Metrics(queue, (facts, what) => app.log.error(facts, what), backend?.figures);
  const jobs = new Jobs(queue, pool, options, metrics);
  let state: "ready" | "stopping" = "ready";

  app.setErrorHandler((error, request, reply) => {
    const refusal =
      error instanceof Error ? toRefusal(error) : new Refusal(500, "internal", "an internal error occurred");
    logRefusal(request.log, refusal, error);
    if (refusal.retryAfterSeconds !== undefined) reply.header("Retry-After", refusal.retryAfterSeconds);
    if (refusal.status === 401) reply.header("WWW-Authenticate", challengeOf(request));
    // The rest of a refused upload is not awaited.
    if (!request.raw.complete) reply.header("Connection", "close");
    return reply.code(refusal.status).send({ error: { code: refusal.code, message: refusal.message } });
  });
  app.setNotFoundHandler((request) => {
    throw new Refusal(
      404,
      "no-such-address",
      `${request.method} ${quoted(request.url.split("?")[0])}: no such route; /docs lists all`,
    );
  });
  app.addHook("onResponse", async (request, reply) => {
    metrics.answered(request.method, request.routeOptions.url ?? "unknown", reply.statusCode);
  });
  await secure(app, token);
  app.removeAllContentTypeParsers(); // only photos and forms are accepted, no JSON or text
  await app.register(multipart, { limits: { files: 2, fields: MULTIPART_FIELDS, fieldSize: 10_000 } });
  const asStream = (_: unknown, payload: Readable, done: (error: null, body: Readable) => void) => done(null, payload);
  app.addContentTypeParser("application/octet-stream", asStream);
  app.addContentTypeParser(/^image\//, asStream);
  await describeService(app, unblurVersion, token !== undefined);
  const acceptance: Acceptance = {
    ...{ queue, storage, headers, limits: options },
    modelNames: async () => (await namedModels()).map(({ name }) => name),
  };
  restoreRoute(app, acceptance, jobs);
  jobRoutes(app, acceptance, jobs);
  aboutRoutes(app, {
    ...{ model, metrics },
    state: async () => {
      if (state !== "ready") return state;
      if (!(await storage.hasRoom(options.maxMegabytes * 1e6))) return "no-room";
      return backend?.isReady() === false ? "no-queue" : "ready";
    },
  });
  await backend?.addRoutes(app);
  const hasSite = await serveSite(app, site);

  const closeAll = async () => {
    pool.close();
    headers.close();
    await app.close();
    await storage.close();
  };
  const giveUp = () => pool.close();
  let url: string;
  try {
    throwIfCancelled(signal);
    signal?.addEventListener("abort", giveUp, { once: true });
    await pool.open(model);
    url = await listening(listenSilently(app, { host, port }), host, port);
    onListening?.({ url, hasSite });
    app.log.info(`Server listening at ${url}`);
  } catch (error) {
    await closeAll();
    throwIfCancelled(signal);
    throw error;
  } finally {
    signal?.removeEventListener("abort", giveUp);
  }
  let stopped: Promise<void> | null = null;
  const stop = async () => {
    state = "stopping";
    queue.close();
    const gone = new Refusal(503, "stopping", "the server stopped before this photo's turn; send it again later", {
      retryAfter: 10,
    });
    const deadline = performance.now() + options.stopSeconds * 1000;
    await Promise.all(jobs.unfinished.filter((job) => job.state === "queued").map((job) => jobs.cancel(job, gone)));
    while (performance.now() < deadline && (jobs.unfinished.length > 0 || jobs.unfetched.length > 0))
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    await Promise.all(jobs.unfinished.map((job) => jobs.cancel(job, gone)));
    await jobs.close();
    await closeAll();
  };
  return {
    ...{ url, hasSite, routes },
    get folder() {
      return storage.root;
    },
    get workers() {
      return pool.pids;
    },
    stop: () => {
      stopped ??= stop();
      return stopped;
    },
  };
}
