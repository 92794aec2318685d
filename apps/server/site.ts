/** @file Static files of the page, which restores in the browser, and their cache times. */
import { createHash } from "node:crypto";
import { createReadStream, existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import type { ServerResponse } from "node:http";
import { extname, join } from "node:path";
import { promisify } from "node:util";
import { brotliDecompress, createBrotliDecompress, gzip } from "node:zlib";
import fastifyStatic from "@fastify/static";
import type { FastifyInstance, FastifyReply } from "fastify";
import { packagedModels } from "../../platform/node/models/model-folders.js";
import { storedFiles } from "./site-files.js";

const NOT_BUILT = `<!doctype html><meta charset="utf-8"><title>unblur</title>
<p>The page is not built. <code>npm run build:web</code> builds it; the <a href="/docs">service</a> works without it.</p>
`;

/**
 * Addresses that change with their content: scripts with a hash, folders with a version, models with a checksum.
 * Browsers revalidate all others.
 */
const NAMED_BY_CONTENT = /^\/(assets|runtime|heif)\/|^\/models\/[^?]+\?v=[0-9a-f]+$/;

const TYPES: Readonly<Record<string, string>> = {
  ".css": "text/css; charset=utf-8",
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".json": "application/json; charset=utf-8",
  ".mjs": "text/javascript; charset=utf-8",
  ".svg": "image/svg+xml",
  ".wasm": "application/wasm",
  ".webmanifest": "application/manifest+json",
};

const cacheControl = (url: string): string =>
  NAMED_BY_CONTENT.test(url) ? "public, max-age=31536000, immutable" : "no-cache";

/** True if the header Accept-Encoding names this encoding and does not refuse it. */
const accepts = (header: string, encoding: string): boolean =>
  header.split(",").some((entry) => {
    const [name, ...parameters] = entry.split(";").map((text) => text.trim().toLowerCase());
    return name === encoding && !parameters.some((parameter) => /^q=0(\.0*)?$/.test(parameter));
  });

/** A file that is stored compressed: sent as it is, compressed with gzip when first asked for, or decompressed. */
class CompressedFile {
  #gzipped: Promise<Buffer> | null = null;
  #tag: Promise<string> | null = null;

  constructor(private readonly path: string) {}

  /** From the content: npm gives all files of all versions the same time. */
  get tag(): Promise<string> {
    this.#tag ??= readFile(this.path).then((bytes) => createHash("sha256").update(bytes).digest("base64url"));
    return this.#tag.then((digest) => `W/"${digest.slice(0, 22)}"`);
  }

  async send(reply: FastifyReply, accepted: string): Promise<FastifyReply> {
    if (accepts(accepted, "br")) return reply.header("Content-Encoding", "br").send(createReadStream(this.path));
    if (!accepts(accepted, "gzip")) return reply.send(createReadStream(this.path).pipe(createBrotliDecompress()));
    this.#gzipped ??= readFile(this.path)
      .then((bytes) => promisify(brotliDecompress)(bytes))
      .then((bytes) => promisify(gzip)(bytes));
    return reply.header("Content-Encoding", "gzip").send(await this.#gzipped);
  }
}

/** `folder`: output of `npm run build:web`, whole or as the package has it. False if there is none. */
export async function serveSite(app: FastifyInstance, folder: string): Promise<boolean> {
  if (!existsSync(join(folder, "index.html"))) {
    app.get("/", { schema: { hide: true } }, (_, reply) => reply.type("text/html").send(NOT_BUILT));
    return false;
  }
  const files = new Map(
    [...storedFiles(folder)].map(([name, { path, compressed }]) => [
      `/${name}`,
      compressed ? new CompressedFile(path) : null,
    ]),
  );
  // Within a scope of its own, so that the hook sees no other route; the routes' patterns stay those without a token.
  // One visit asks for forty files: the log keeps the requests to the service.
  const routes = async (site: FastifyInstance) => {
    site.addHook("onRequest", async (request, reply) => {
      const path = request.url.split("?")[0]!.replace(/^\/$/, "/index.html");
      const file = request.method === "GET" ? files.get(path) : undefined;
      if (file === null) return reply.sendFile(path.slice("/models/".length), packagedModels());
      if (file === undefined) return;
      const tag = await file.tag;
      reply.header("Cache-Control", cacheControl(request.url)).header("Vary", "Accept-Encoding").header("ETag", tag);
      if (request.headers["if-none-match"] === tag) return reply.code(304).send();
      reply.type(TYPES[extname(path)] ?? "application/octet-stream");
      return file.send(reply, request.headers["accept-encoding"] ?? "");
    });
    await site.register(fastifyStatic, {
      root: folder,
      schemaHide: true,
      cacheControl: false,
      setHeaders: (response) => {
        const { req } = response as unknown as ServerResponse; // its type leaves it out
        response.setHeader("Cache-Control", cacheControl(req.url ?? ""));
      },
    });
  };
  await app.register(routes, { logLevel: "warn" });
  return true;
}
