/** @file Static files of the page, which restores in the browser, and their cache times. */
import { existsSync } from "node:fs";
import type { ServerResponse } from "node:http";
import { join } from "node:path";
import fastifyStatic from "@fastify/static";
import type { FastifyInstance } from "fastify";
import { PACKAGE_ROOT } from "../../platform/node/files/package-root.js";

const NOT_BUILT = `<!doctype html><meta charset="utf-8"><title>unblur</title>
<p>The page is not built. <code>npm run build:web</code> builds it; the <a href="/docs">service</a> works without it.</p>
`;

/** Output folder of `npm run build:web`. */
export const BUILT_PAGE = join(PACKAGE_ROOT, "dist-web");

/**
 * Addresses that change with their content: scripts with a hash, folders with a version, models with a checksum.
 * Browsers revalidate all others.
 */
const NAMED_BY_CONTENT = /^\/(assets|runtime|heif)\/|^\/models\/[^?]+\?v=[0-9a-f]+$/;

export async function serveSite(app: FastifyInstance, folder: string): Promise<boolean> {
  if (!existsSync(join(folder, "index.html"))) {
    app.get("/", { schema: { hide: true } }, (_, reply) => reply.type("text/html").send(NOT_BUILT));
    return false;
  }
  await app.register(fastifyStatic, {
    root: folder,
    schemaHide: true,
    cacheControl: false,
    preCompressed: true, // scripts/compress-site.mjs
    setHeaders: (response) => {
      const { req } = response as unknown as ServerResponse; // its type leaves it out
      const named = NAMED_BY_CONTENT.test(req.url ?? "");
      response.setHeader("Cache-Control", named ? "public, max-age=31536000, immutable" : "no-cache");
      response.setHeader("Vary", "Accept-Encoding");
    },
  });
  return true;
}
