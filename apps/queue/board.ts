/**
 * @file bull-board, a read-only web view of the queue, below /queue of a service. Its own adapter for Fastify needs a
 * newer Node than this program; only the routes that read are served.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { createBullBoard } from "@bull-board/api";
import { BullMQAdapter } from "@bull-board/api/bullMQAdapter";
import fastifyStatic from "@fastify/static";
import type { Queue } from "bullmq";
import type { FastifyInstance } from "fastify";

const BASE = "/queue/";
/** The policy of the service's other pages, except that bull-board may set the base of relative addresses. */
const CONTENT_SECURITY_POLICY = [
  ...["default-src 'self'", "script-src 'self'", "style-src 'self' 'unsafe-inline'", "img-src 'self' data:"],
  ...["object-src 'none'", "base-uri 'self'", "form-action 'self'", "frame-ancestors 'none'"],
].join("; ");

type Adapter = Parameters<typeof createBullBoard>[0]["serverAdapter"];
type Routes = Parameters<Adapter["setApiRoutes"]>[0];
type EntryRoute = Parameters<Adapter["setEntryRoute"]>[0];
type Queues = Parameters<Adapter["setQueues"]>[0];
type UiConfig = Parameters<Adapter["setUIConfig"]>[0];

/** Adapter that records bull-board's settings. */
class Parts implements Adapter {
  queues: Queues = new Map();
  views = "";
  statics = "";
  entry: EntryRoute | null = null;
  routes: Routes = [];
  config: UiConfig = {};

  setQueues(queues: Queues): Adapter {
    this.queues = queues;
    return this;
  }
  setViewsPath(path: string): Adapter {
    this.views = path;
    return this;
  }
  setStaticPath(_: string, path: string): Adapter {
    this.statics = path;
    return this;
  }
  setEntryRoute(route: EntryRoute): Adapter {
    this.entry = route;
    return this;
  }
  setErrorHandler(): Adapter {
    return this;
  }
  setApiRoutes(routes: Routes): Adapter {
    this.routes = routes;
    return this;
  }
  setUIConfig(config: UiConfig): Adapter {
    this.config = config;
    return this;
  }
}

/**
 * Returns the page with its parameters filled in. The font of another site is left out, because the page requests
 * nothing from other hosts.
 */
const filled = (template: string, params: Readonly<Record<string, string>>): string =>
  template
    .replace(/<link href="https:[^>]*>/g, "")
    .replace(/<%[=-] *(\w+) *%>/g, (_, name: string) => params[name] ?? "");

/** Serves the view of `queue`. */
export async function serveBoard(app: FastifyInstance, queue: Queue): Promise<void> {
  const parts = new Parts();
  const uiConfig = { boardTitle: "unblur", hideRedisDetails: true };
  createBullBoard({
    queues: [new BullMQAdapter(queue, { readOnlyMode: true, allowRetries: false })],
    serverAdapter: parts,
    options: { uiConfig },
  });
  const { queues, views, statics, entry, routes, config } = parts;
  const template = await readFile(join(views, "index.ejs"), "utf8");
  await app.register(fastifyStatic, {
    ...{ root: statics, prefix: `${BASE}static/`, decorateReply: false, schemaHide: true, index: false },
  });
  const hidden = { schema: { hide: true } };
  app.get("/queue", hidden, (_, reply) => reply.redirect(BASE));
  for (const route of [entry!.route].flat())
    app.get(join(BASE, route), hidden, (_, reply) => {
      const { params } = entry!.handler({ basePath: BASE, uiConfig: config });
      return reply
        .header("Content-Security-Policy", CONTENT_SECURITY_POLICY)
        .type("text/html; charset=utf-8")
        .send(filled(template, params));
    });
  for (const { method, route, handler } of routes) {
    if (![method].flat().includes("get")) continue;
    for (const one of [route].flat())
      app.get(join(BASE, one), hidden, async (request, reply) => {
        const { status = 200, body } = await handler({
          ...{ queues, uiConfig: config, body: {} },
          query: request.query as Record<string, unknown>,
          params: request.params as Record<string, unknown>,
          headers: {},
        });
        return reply.code(status).send(body);
      });
  }
}
