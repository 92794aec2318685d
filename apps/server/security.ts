/** @file Who may ask: the right host name, the token, no page of another site; and the headers that keep the page to itself. */
import { createHash, timingSafeEqual } from "node:crypto";
import { isIP } from "node:net";
import helmet from "@fastify/helmet";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { UnblurError } from "../../src/base/errors.js";
import { Refusal } from "./refusal.js";

const LOOPBACK = ["localhost", "127.0.0.1", "::1"];
export const isLoopback = (host: string): boolean => LOOPBACK.includes(host);

/** Addresses others can reach need a token. Throws `argument`. */
export function checkExposure(host: string, token: string | undefined): void {
  if (!isLoopback(host) && token === undefined)
    throw new UnblurError(
      "argument",
      `host ${host}: expected a token, since others can reach it; set UNBLUR_TOKEN (16 characters or more) or listen at 127.0.0.1`,
    );
}

const digest = (text: string): Buffer => createHash("sha256").update(text).digest();

/** The time it takes says nothing of how much of it was right. */
const sameText = (a: string, b: string): boolean => timingSafeEqual(digest(a), digest(b));

const hostName = (header: string): string =>
  header
    .replace(/:\d+$/, "")
    .replace(/^\[(.*)\]$/, "$1")
    .toLowerCase();

/**
 * A page of another site can make a browser send a form to this machine: the browser says so. A name of another site can be made to
 * resolve to this machine: without a token only names of this machine are answered.
 */
function checkOrigin({ headers }: FastifyRequest, token: string | undefined): void {
  if (headers["sec-fetch-site"] === "cross-site" || headers["sec-fetch-site"] === "same-site")
    throw new Refusal(403, "cross-site", "requests of pages of other sites are not served");
  const name = hostName(headers.host ?? "");
  if (token === undefined && !isLoopback(name) && isIP(name) === 0)
    throw new Refusal(421, "host", `expected one of the hosts ${LOOPBACK.join(", ")}, got ${JSON.stringify(name)}`);
}

function checkToken({ headers }: FastifyRequest, token: string | undefined): void {
  if (token === undefined) return;
  const given = /^Bearer (.+)$/.exec(headers.authorization ?? "")?.[1];
  if (given === undefined || !sameText(given, token))
    throw new Refusal(401, "token", "expected the server's token as Authorization: Bearer TOKEN");
}

/** What needs no token: the page, which computes where it is shown, its description of the service, and whether it lives. */
const isOpen = (path: string): boolean => !path.startsWith("/v1/") && path !== "/metrics";

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
    strictTransportSecurity: false, // for whoever ends TLS in front to say
  });
  app.addHook("onRequest", async (request) => {
    checkOrigin(request, token);
    if (!isOpen(request.url.split("?")[0]!)) checkToken(request, token);
  });
}
