/**
 * @file The page as the service serves it: isolated, under its content security policy, and restoring without the API.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { get, type IncomingHttpHeaders } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { beforeAll, expect, test } from "vitest";
// @ts-expect-error a script of the build, without types
import { compressSite } from "../../scripts/compress-site.mjs";
import { pageTest } from "../page.js";
import { builtPage, openSite, restoreInPage } from "../web/web-page.js";
import { part, runService } from "./running-service.js";

let site: string;
beforeAll(async () => {
  site = await builtPage();
});

pageTest(
  "restores with threads, breaks no policy, and is kept as long as it may be",
  async () => {
    await using service = await runService({ site });
    await using opened = await openSite(`${service.url}/?device=wasm`);
    const restored = await restoreInPage(opened.page, {
      ...{ photo: await part(48, 40).png().toBuffer(), name: "part.png", settings: { steps: 0, restoreSharp: true } },
      downloads: [{ what: 0 }],
    });
    expect(restored).toMatchObject({ width: 48, height: 40, samples: 1 });
    expect(restored.device).toMatch(/^WebAssembly, [2-8] threads/);
    expect(opened.errors).toEqual([]);
    expect(opened.requests.some((url) => url.includes("/v1/"))).toBe(false);
    const page = await fetch(service.url);
    expect(page.headers.get("cache-control")).toBe("no-cache");
    expect(page.headers.get("content-security-policy")).toContain("frame-ancestors 'none'");
    const script = /assets\/main-[^"]+\.js/.exec(await page.text())![0];
    expect((await fetch(`${service.url}/${script}`)).headers.get("cache-control")).toContain("immutable");
  },
  120_000,
);

test("files come compressed to those who take it, and addresses named by their content are kept", async () => {
  const folder = mkdtempSync(join(tmpdir(), "unblur-site-"));
  try {
    const script = `const text = "${"restore ".repeat(2000)}";`;
    mkdirSync(join(folder, "assets"));
    mkdirSync(join(folder, "models/default"), { recursive: true });
    writeFileSync(join(folder, "index.html"), "<!doctype html>");
    writeFileSync(join(folder, "assets/main-abc.js"), script);
    writeFileSync(join(folder, "models/default/model.json"), "{}");
    compressSite(folder);
    await using service = await runService({ site: folder });
    for (const [encoding, unpack] of [
      ["br", brotliDecompressSync],
      ["gzip", gunzipSync],
    ] as const) {
      const { headers, body } = await raw(`${service.url}/assets/main-abc.js`, encoding);
      expect(headers["content-encoding"]).toBe(encoding);
      expect(headers["content-type"]).toMatch(/javascript/);
      expect(headers["cache-control"]).toContain("immutable");
      expect(body.length).toBeLessThan(script.length / 20);
      expect(unpack(body).toString()).toBe(script);
    }
    const plain = await raw(`${service.url}/assets/main-abc.js`, "identity");
    expect([plain.headers["content-encoding"], plain.body.toString()]).toEqual([undefined, script]);
    const kept = async (path: string) => (await raw(`${service.url}${path}`, "br")).headers["cache-control"];
    expect(await kept("/models/default/model.json?v=0123456789abcdef")).toContain("immutable");
    expect([await kept("/models/default/model.json"), await kept("/")]).toEqual(["no-cache", "no-cache"]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

/** A response as it was sent: `fetch` unpacks it. */
const raw = (url: string, encoding: string): Promise<{ headers: IncomingHttpHeaders; body: Buffer }> =>
  new Promise((resolve, reject) => {
    get(url, { headers: { "Accept-Encoding": encoding } }, (response) => {
      const parts: Buffer[] = [];
      response.on("data", (part: Buffer) => parts.push(part));
      response.on("end", () => resolve({ headers: response.headers, body: Buffer.concat(parts) }));
    }).on("error", reject);
  });

test("not built, it says how", async () => {
  await using service = await runService({ site: "/nowhere" });
  expect(service.hasSite).toBe(false);
  expect(await (await fetch(service.url)).text()).toContain("npm run build:web");
});
