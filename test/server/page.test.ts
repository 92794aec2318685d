/**
 * @file The page as the service serves it: isolated, under its content security policy, and restoring without the API.
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { get, type IncomingHttpHeaders } from "node:http";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { beforeAll, expect, test } from "vitest";
import { exportSite } from "../../apps/server/site-files.js";
// @ts-expect-error a script of the build, without types
import { compressSite } from "../../scripts/compress-site.mjs";
import { PROJECT } from "../built.js";
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
    expect(restored.device).toMatch(/^the processor, [2-8] threads/);
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

/** A built page of some files, and the same as the package has it: the runtime only compressed, no models. */
async function smallSite(use: (folder: string, facts: { script: string; wasm: Buffer }) => Promise<void>) {
  const folder = mkdtempSync(join(tmpdir(), "unblur-site-"));
  const script = `const text = "${"restore ".repeat(2000)}";`;
  const wasm = Buffer.from("\0asm runtime ".repeat(1000));
  const models = [{ name: "default", files: [{ name: "model.json" }] }];
  const write = (name: string, content: string | Buffer) => {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
  };
  write("index.html", `<!doctype html>${" ".repeat(2000)}`);
  write("index.json", JSON.stringify({ models, padding: " ".repeat(2000) }));
  write("assets/main-abc.js", script);
  write("runtime/1/ort.wasm", wasm);
  compressSite(folder);
  rmSync(join(folder, "runtime/1/ort.wasm"));
  try {
    await use(folder, { script, wasm });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test("files come compressed to those who take it, and addresses named by their content are kept", () =>
  smallSite(async (folder, { script, wasm }) => {
    await using service = await runService({ site: folder, token: "0123456789abcdef" });
    for (const [path, type, content] of [
      ["/assets/main-abc.js", /^text\/javascript/, Buffer.from(script)],
      ["/runtime/1/ort.wasm", /^application\/wasm$/, wasm],
    ] as const) {
      for (const [accepted, encoding, unpack] of [
        ["br", "br", brotliDecompressSync],
        ["gzip, deflate, br;q=0.5", "br", brotliDecompressSync],
        ["gzip, br;q=0", "gzip", gunzipSync],
        ["identity", undefined, (bytes: Buffer) => bytes],
      ] as const) {
        const { headers, body } = await raw(`${service.url}${path}`, accepted);
        expect([path, accepted, headers["content-encoding"]]).toEqual([path, accepted, encoding]);
        expect(headers["content-type"]).toMatch(type);
        expect(headers["cache-control"]).toContain("immutable");
        expect(headers.vary).toContain("Accept-Encoding");
        if (encoding) expect(body.length).toBeLessThan(content.length / 20);
        expect(unpack(body).equals(content)).toBe(true);
      }
    }
    const kept = async (path: string) => (await raw(`${service.url}${path}`, "br")).headers["cache-control"];
    expect(await kept("/models/default/model.json?v=0123456789abcdef")).toContain("immutable");
    expect([await kept("/models/default/model.json"), await kept("/")]).toEqual(["no-cache", "no-cache"]);
  }));

test("a model that the page's folder lacks is the package's; nothing else of the package is served", () =>
  smallSite(async (folder) => {
    await using service = await runService({ site: folder });
    const models = join(import.meta.dirname, "../../models");
    const model = await raw(`${service.url}/models/default/model.json`, "br");
    expect(model.body.equals(readFileSync(join(models, "default/model.json")))).toBe(true);
    for (const path of ["default/README.md", "fast/model.json", "../package.json", "%2e%2e/package.json"])
      expect((await raw(`${service.url}/models/${path}`, "br")).status).toBeGreaterThanOrEqual(400);
  }));

test("the container image has the runtime of the page and the models once, as the package does", () => {
  const removal = /&& (rm -rf dist-web.*)$/m.exec(readFileSync(join(PROJECT, "Dockerfile"), "utf8"))![1]!;
  const folder = mkdtempSync(join(tmpdir(), "unblur-image-"));
  try {
    for (const name of ["index.html", "models/a/model.json", "runtime/1/ort.wasm", "runtime/1/ort.wasm.br"]) {
      mkdirSync(dirname(join(folder, "dist-web", name)), { recursive: true });
      writeFileSync(join(folder, "dist-web", name), "");
    }
    execFileSync("sh", ["-c", removal], { cwd: folder });
    const left = readdirSync(join(folder, "dist-web"), { recursive: true, encoding: "utf8", withFileTypes: true });
    expect(
      left
        .filter((entry) => entry.isFile())
        .map(({ name }) => name)
        .sort(),
    ).toEqual(["index.html", "ort.wasm.br"]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("a page of the same length and time as the last one is another page", () =>
  smallSite(async (folder) => {
    const time = new Date("1985-10-26T08:15:00Z"); // of every file in every package of npm
    const page = async (fill: string, tag = "") => {
      writeFileSync(join(folder, "index.html"), `<!doctype html>${fill.repeat(2000)}`);
      compressSite(folder);
      for (const name of ["index.html", "index.html.br"]) utimesSync(join(folder, name), time, time);
      await using service = await runService({ site: folder });
      return await raw(service.url, "br", { "If-None-Match": tag });
    };
    const { headers } = await page("a");
    expect((await page("a", headers.etag)).status).toBe(304);
    expect((await page("b", headers.etag)).status).toBe(200);
  }));

test("exported for a static host, it has every file as it is, and the models", () =>
  smallSite(async (folder, { script, wasm }) => {
    const out = join(folder, "../exported");
    await exportSite(out, folder);
    try {
      expect(readFileSync(join(out, "assets/main-abc.js"), "utf8")).toBe(script);
      expect(readFileSync(join(out, "runtime/1/ort.wasm")).equals(wasm)).toBe(true);
      expect(JSON.parse(readFileSync(join(out, "models/default/model.json"), "utf8"))).toHaveProperty("model");
      await expect(exportSite(out, "/nowhere")).rejects.toMatchObject({ code: "file" });
      await expect(exportSite(join(out, "index.html"), folder)).rejects.toMatchObject({
        code: "file",
        message: expect.stringMatching(
          /: expected a folder to write to, but ".*index.html" is a file; choose another$/,
        ),
      });
      rmSync(join(out, "assets"), { recursive: true });
      writeFileSync(join(out, "assets"), "");
      await expect(exportSite(out, folder)).rejects.toThrow(
        /written: a file has the name of one of its folders; choose/,
      );
    } finally {
      rmSync(out, { recursive: true });
    }
  }));

/** A response as it was sent: `fetch` unpacks it. */
const raw = (
  url: string,
  encoding: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<{ status: number; headers: IncomingHttpHeaders; body: Buffer }> =>
  new Promise((resolve, reject) => {
    get(url, { headers: { ...headers, "Accept-Encoding": encoding } }, (response) => {
      const parts: Buffer[] = [];
      response.on("data", (part: Buffer) => parts.push(part));
      response.on("end", () =>
        resolve({ status: response.statusCode!, headers: response.headers, body: Buffer.concat(parts) }),
      );
    }).on("error", reject);
  });

test("not built, it says how", async () => {
  await using service = await runService({ site: "/nowhere" });
  expect(service.hasSite).toBe(false);
  expect(await (await fetch(service.url)).text()).toContain("npm run build:web");
});
