/**
 * @file The token: needed by every route that is not named open here, in every spelling of its address, with every
 * method.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { Agent, METHODS, request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { serve } from "../../apps/cli/commands/serve.js";
import { runProgram } from "../../apps/cli/program.js";
import { serviceOptionsSchema } from "../../apps/server/options.js";
import type { ServiceRoute } from "../../apps/server/service.js";
import { part, pngPart, type RunningService, runService } from "./running-service.js";

const PAGE = "<!doctype html><title>the page</title>";
const TOKEN = "a token of some length";
/** Whoever opens another route must say so here as well. */
const OPEN = /^\/(\*?|health|ready|openapi\.json|docs(\/.*)?)$/;

let service: RunningService;
let photo: Buffer;
let page: string;
const agent = new Agent({ keepAlive: true, maxSockets: 4 });
beforeAll(async () => {
  page = mkdtempSync(join(tmpdir(), "unblur-page-"));
  writeFileSync(join(page, "index.html"), PAGE);
  service = await runService({ token: TOKEN, site: "/nowhere" });
  photo = await part(16, 16).png().toBuffer();
});
afterAll(async () => {
  agent.destroy();
  await service.stop();
  rmSync(page, { recursive: true });
});

interface Answer {
  readonly status: number;
  readonly text: string;
}

/** `path` goes over the wire as it is; `fetch` would tidy it up. */
function ask(
  method: string,
  path: string,
  headers: Readonly<Record<string, string>> = {},
  body?: Buffer,
  url = service.url,
) {
  const { hostname, port } = new URL(url);
  return new Promise<Answer>((resolve, reject) => {
    const call = request({ agent, host: hostname, port, method, path, headers }, (response) => {
      let text = "";
      response.on("data", (chunk: Buffer) => {
        text += chunk.toString("latin1");
      });
      response.on("end", () => resolve({ status: response.statusCode!, text })).on("error", reject);
    });
    call.on("error", (cause) => reject(new Error(`${method} ${path}`, { cause }))).end(body);
  });
}

const hex = (char: string): string => char.charCodeAt(0).toString(16).padStart(2, "0");

/**
 * Ways to write an address: some are it to a router, most should not be; none may be it to the router but not to the
 * check.
 */
function spellings(path: string): readonly string[] {
  const letters = [...path].map((_, i) => i).filter((i) => i > 0);
  const encoded = (code: (char: string) => string) =>
    letters.map((i) => `${path.slice(0, i)}${code(path[i]!)}${path.slice(i + 1)}`);
  const all = (code: (char: string) => string) => `/${[...path.slice(1)].map(code).join("")}`;
  const once = (char: string) => `%${hex(char)}`;
  const twice = (char: string) => `%25${hex(char)}`;
  const inserted = (text: string) =>
    letters.filter((i) => path[i] === "/").map((i) => path.slice(0, i) + text + path.slice(i));
  return [
    path,
    ...encoded(once),
    ...encoded((char) => once(char).toUpperCase()),
    ...encoded(twice),
    ...encoded((char) => char.toUpperCase()),
    ...[all(once), all(twice), path.toUpperCase()],
    ...[
      `http://127.0.0.1${path}`,
      `http://any.example:80${path}`,
      `HTTPS://x${path}`,
      `http://x${all(once)}`,
      `ftp://x${path}`,
    ],
    ...[
      `/${path}`,
      `//x${path}`,
      `/.${path}`,
      `/x/..${path}`,
      `/%2e%2e${path}`,
      `/docs/..${path}`,
      `/docs/%2e%2e${path}`,
    ],
    ...[
      "/",
      "//",
      "/.",
      "/x",
      "/..",
      "/%2e",
      "%20",
      "%00",
      "%09",
      "%0d%0a",
      "\\",
      "%5c",
      ";x=1",
      ";/docs",
      "?x",
      "?/docs",
      "#/docs",
      "%3f",
      "%23",
      ".json",
    ].map((end) => `${path}${end}`),
    ...["/", "/.", "/x/..", "%2f", ";x"].flatMap(inserted),
  ];
}

const addressOf = ({ url }: ServiceRoute): string =>
  url.replaceAll(/:\w+/g, "00000000-0000-4000-8000-000000000000").replaceAll("*", "x");

const closed = (): readonly ServiceRoute[] => service.routes.filter(({ url }) => !OPEN.test(url));

describe("without the token", () => {
  test("the routes that need it are all but those named here", () => {
    expect([...new Set(closed().map(({ url }) => url))].sort()).toEqual([
      "/metrics",
      "/v1/jobs",
      "/v1/jobs/:id",
      "/v1/jobs/:id/events",
      "/v1/jobs/:id/result",
      "/v1/jobs/:id/results/:name",
      "/v1/models",
      "/v1/restore",
    ]);
  });

  /** A request for each spelling and method; what was answered but by a refusal that `isRefusal` knows. */
  async function served(url: string, methods: readonly string[], isRefusal: (answer: Answer) => boolean) {
    const lines: string[] = [];
    let asked = 0;
    for (const route of closed().filter(({ method }) => method !== "HEAD"))
      for (const path of spellings(addressOf(route)))
        for (const method of methods) {
          const answer = await ask(method, path, { "Content-Type": "image/png" }, undefined, url);
          asked += 1;
          if (!isRefusal(answer)) lines.push(`${method} ${path}: ${answer.status} ${answer.text.slice(0, 100)}`);
        }
    expect(asked).toBeGreaterThan(1000);
    return lines;
  }

  test("no spelling of an address that needs it is served", async () => {
    // 400: the address cannot be read.
    expect(
      await served(service.url, ["GET", "POST", "DELETE"], ({ status }) => status === 401 || status === 400),
    ).toEqual([]);
  });

  test("no spelling is served as a file of the page either", async () => {
    await using withPage = await runService({ token: TOKEN, site: page });
    const isRefusal = ({ status, text }: Answer) =>
      [400, 401, 403].includes(status) || /no such route/.test(text) || text === PAGE;
    expect(await served(withPage.url, ["GET"], isRefusal)).toEqual([]);
  });

  test("no method reaches a route that needs it, nor an address without a route", async () => {
    const served: string[] = [];
    for (const path of [...closed().map(addressOf), "/v1/nothing", "/v2/restore", "/metrics/x"])
      for (const method of METHODS.filter((name) => name !== "CONNECT")) {
        const { status } = await ask(method, path);
        if (status !== 401) served.push(`${method} ${path}: ${status}`);
      }
    expect(served).toEqual([]);
  });

  test("a photo is not taken in: neither a place nor a byte on disk", async () => {
    for (const path of ["/v1/restore", "/%761/restore", "/v%31/jobs", "http://x/v1/jobs"]) {
      expect([path, (await ask("POST", path, { "Content-Type": "image/png" }, photo)).status]).toEqual([path, 401]);
      expect(service.left()).toEqual([]);
    }
  });

  test("what is open stays open", async () => {
    for (const path of [
      "/",
      "/health",
      "/ready",
      "/openapi.json",
      "/docs",
      "/docs/json",
      "/docs/static/swagger-ui.css",
      "/h%65alth",
    ])
      expect([path, (await ask("GET", path)).status]).toEqual([path, 200]);
  });
});

describe("with the token", () => {
  test("the router does read encoded addresses and whole URLs: the checks above are no accident", async () => {
    const headers = { Authorization: `Bearer ${TOKEN}` };
    for (const path of ["/v1/models", "/%761/models", "/v%31/models", "/%6detrics", "http://any.example/v1/models"])
      expect([path, (await ask("GET", path, headers)).status]).toEqual([path, 200]);
    expect((await ask("GET", "/v1/nothing", headers)).status).toBe(404);
    expect((await service.client.restore(await pngPart(16, 16), { steps: 0 })).type).toBe("image/png");
  });

  test.each([
    ["Bearer", 200],
    ["bearer", 200],
    ["BEARER ", 200],
    ["Basic", 401],
    ["Bearer x", 401],
  ])("scheme %j: %i", async (scheme, status) => {
    expect((await ask("GET", "/v1/models", { Authorization: `${scheme} ${TOKEN}` })).status).toBe(status);
  });
});

test("without a token, only this machine's names are answered, in a whole URL as in the header", async () => {
  await using open = await runService();
  const { hostname, port } = new URL(open.url);
  const status = (path: string, host: string) =>
    new Promise<number>((resolve, reject) => {
      request({ host: hostname, port, path, headers: { Host: host } }, (response) => {
        response.resume();
        resolve(response.statusCode!);
      })
        .on("error", reject)
        .end();
    });
  expect(await status("/v1/models", "localhost")).toBe(200);
  expect(await status("http://LOCALHOST:1/v1/models", "localhost")).toBe(200);
  expect(await status("/v1/models", "evil.example")).toBe(421);
  expect(await status("http://evil.example/v1/models", "localhost")).toBe(421);
});

describe("a token that is too weak", () => {
  const run = async (argv: readonly string[], UNBLUR_TOKEN?: string) => {
    let text = "";
    const out = { write: (line: string) => (text += line) };
    const before = process.env.UNBLUR_TOKEN;
    if (UNBLUR_TOKEN !== undefined) process.env.UNBLUR_TOKEN = UNBLUR_TOKEN;
    try {
      const program = { name: "unblur", version: "0", summary: "", commands: { serve: async () => serve } };
      // Already aborted: a service that starts nevertheless ends at once.
      const code = await runProgram(program, argv, { stdout: out, stderr: out, signal: AbortSignal.abort() });
      return { code, text };
    } finally {
      if (before === undefined) delete process.env.UNBLUR_TOKEN;
      else process.env.UNBLUR_TOKEN = before;
    }
  };

  test.each([
    ["short", /at least 16 characters, got 5/],
    ["with a line's end at its end\n", /without leading or trailing spaces/],
    ["café-café-café-café", /ASCII/],
  ])("%j is refused, from the environment and the command line, and not told", async (weak, why) => {
    for (const { code, text } of [
      await run(["serve", "--port", "0", "--host", "0.0.0.0"], weak),
      await run(["serve", "--port", "0", "--token", weak]),
    ]) {
      expect(code).toBe(2);
      expect(text).toMatch(why);
      expect(text).not.toContain(weak.trim());
    }
    expect(serviceOptionsSchema.safeParse({ token: weak }).success).toBe(false);
  });
});
