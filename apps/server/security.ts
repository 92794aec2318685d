/** @file Checks of every request: its host name, its token, its origin; and headers that isolate the page. */
import { createHash, timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { isIP } from "node:net";
import helmet from "@fastify/helmet";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { UnblurError } from "../../src/base/errors.js";
import { tokenProblem } from "./options.js";
import { quoted } from "./quoted.js";
import { Refusal } from "./refusal.js";

const LOOPBACK = ["localhost", "127.0.0.1", "::1"];
const isLoopback = (host: string): boolean => LOOPBACK.includes(host);

/**
 * Throws `argument` for a weak token, and for an address that other machines can reach without a token. The message
 * never contains the token.
 */
export function checkExposure(host: string, token: string | undefined): void {
  const problem = token === undefined ? null : tokenProblem(token);
  if (problem !== null) throw new UnblurError("argument", `the token (UNBLUR_TOKEN or --token): ${problem}`);
  if (!isLoopback(host) && token === undefined)
    throw new UnblurError(
      "argument",
      `host ${host}: expected a token, because other machines can reach this address; set UNBLUR_TOKEN (16 characters or more) or listen on 127.0.0.1`,
    );
}

const digest = (text: string): Buffer => createHash("sha256").update(text).digest();

/** Constant-time comparison: its duration does not depend on how much of the text is right. */
const sameText = (a: string, b: string): boolean => timingSafeEqual(digest(a), digest(b));

/**
 * The host that a request addresses: from its target if that is an absolute URL, else from its header (RFC 9112,
 * 3.2.2).
 */
const hostOf = ({ url = "", headers }: IncomingMessage): string =>
  /^https?:\/\/([^/?#]*)/i.exec(url)?.[1] ?? headers.host ?? "";

const hostName = (host: string): string =>
  host
    .replace(/:\d+$/, "")
    .replace(/^\[(.*)\]$/, "$1")
    .toLowerCase();

/**
 * Refuses requests without a host, and cross-site requests. A page of another site can make a browser send a form to
 * this machine; the browser states this in a header. A name of another site can be made to resolve to this machine, so
 * without a token only this machine's names are answered.
 */
function checkOrigin({ headers, raw }: FastifyRequest, token: string | undefined): void {
  // RFC 9112, 3.2: HTTP/1.1 without it is a bad request, whatever its target.
  if (headers.host === undefined && raw.httpVersion === "1.1")
    throw new Refusal(400, "request", "expected the header Host, which every request of HTTP/1.1 has, got none");
  if (headers["sec-fetch-site"] === "cross-site" || headers["sec-fetch-site"] === "same-site")
    throw new Refusal(403, "cross-site", "requests from pages of other sites are not served");
  const name = hostName(hostOf(raw));
  if (token === undefined && !isLoopback(name) && isIP(name) === 0)
    throw new Refusal(421, "host", `expected one of the hosts ${LOOPBACK.join(", ")}, got ${quoted(name)}`);
}

/** The view of the queue is a page: browsers ask for a user name, which is ignored, and a password, the token. */
const isBoard = ({ routeOptions: { url } }: FastifyRequest): boolean => /^\/queue(\/|$)/.test(url ?? "");

/** Instructions for sending the token. */
export const challengeOf = (request: FastifyRequest): string =>
  isBoard(request) ? 'Basic realm="unblur", charset="UTF-8"' : "Bearer";

function tokenOf(request: FastifyRequest): string | undefined {
  const { authorization = "" } = request.headers;
  const [, basic] = (isBoard(request) && /^Basic +([\w+/=-]+)$/i.exec(authorization)) || [];
  if (basic !== undefined) return /:(.*)$/s.exec(Buffer.from(basic, "base64").toString("utf8"))?.[1];
  return /^Bearer +(.+)$/i.exec(authorization)?.[1];
}

function checkToken(request: FastifyRequest, token: string | undefined): void {
  if (token === undefined) return;
  const given = tokenOf(request);
  if (given === undefined || !sameText(given, token))
    throw new Refusal(401, "token", "expected the server's token as Authorization: Bearer TOKEN");
}

/**
 * Routes without a token: the page, which computes in the browser, the description of the service, and its health. They
 * are compared with the router's own patterns, because an address has many spellings (`/v%31/jobs`,
 * `http://host/v1/jobs`) and only the router resolves them as they are served. Every other route, and every address
 * without a route, needs the token.
 */
const OPEN: ReadonlySet<string> = new Set([
  ...["/", "/*", "/health", "/ready", "/openapi.json", "/docs", "/docs/", "/docs/json", "/docs/yaml"],
  ...["/docs/static/*", "/docs/static/index.html", "/docs/static/swagger-initializer.js"],
]);

const isOpen = ({ routeOptions: { url } }: FastifyRequest): boolean => url !== undefined && OPEN.has(url);

export async function secure(app: FastifyInstance, token: string | undefined): Promise<void> {
  await app.register(helmet, {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'self'"],
        scriptSrc: ["'self'", "'wasm-unsafe-eval'"],
        styleSrc: ["'self'", "'unsafe-inline'"],
        imgSrc: ["'self'", "blob:", "data:"],
        connectSrc: ["'self'", "blob:"],
        workerSrc: ["'self'", "blob:"],
        objectSrc: ["'none'"],
        baseUri: ["'none'"],
        formAction: ["'self'"],
        frameAncestors: ["'none'"],
      },
    },
    crossOriginOpenerPolicy: { policy: "same-origin" },
    crossOriginEmbedderPolicy: { policy: "require-corp" },
    crossOriginResourcePolicy: { policy: "same-origin" },
    strictTransportSecurity: false, // left to the proxy that terminates TLS
  });
  // Checked before the body is read.
  app.addHook("onRequest", async (request) => {
    checkOrigin(request, token);
    if (!isOpen(request)) checkToken(request, token);
  });
}
