/** @file Hostile and excessive requests: each is refused clearly, and nothing is left behind. */
import { get } from "node:http";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { deflateRawSync } from "node:zlib";
import sharp, { type Create } from "sharp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Problem } from "../../apps/server/contract.js";
import { crc32 } from "../crafted-pictures.js";
import { blobOf, part, pngPart, type RunningService, runService, sleep } from "./running-service.js";

let service: RunningService;
beforeAll(async () => {
  service = await runService({
    maxMegabytes: 1,
    maxMegapixels: 4,
    syncMegapixels: 0.25,
    uploadSeconds: 2,
    perClient: 3,
    waiting: 3,
  });
});
afterAll(() => service.stop());

/** A PNG whose header promises this size, and whose data are those of another. */
async function pngOfSize(width: number, height: number): Promise<Buffer> {
  const png = await part(16, 16).png().toBuffer();
  png.writeUInt32BE(width, 16);
  png.writeUInt32BE(height, 20);
  png.writeUInt32BE(crc32(png.subarray(12, 29)), 29);
  return png;
}

const post = async (body: Blob, path = "/v1/restore", type?: string) => {
  const headers = type === undefined ? {} : { "Content-Type": type };
  const answer = await fetch(`${service.url}${path}`, { method: "POST", body, headers });
  const text = await answer.text();
  // Where things are on the server is nobody's business.
  for (const place of [service.folder, process.cwd(), tmpdir()]) expect(text).not.toContain(place);
  const { error } = JSON.parse(text) as Problem;
  return { status: answer.status, ...error };
};

describe("photos that are none, or not fit", () => {
  const text = (content: string) => blobOf(new TextEncoder().encode(content), "");
  const png = () => pngPart(32, 24);
  const cases: readonly [string, () => Promise<Blob> | Blob, string | undefined, string, number, RegExp][] = [
    ["text as a photo", () => text("hello"), "image/png", "/v1/restore", 415, /not a picture of a known format/],
    [
      "a type that is no photo",
      () => text("{}"),
      "application/json",
      "/v1/restore",
      415,
      /expected a photo as the body/,
    ],
    [
      "a GIF that is also a script",
      () => text("GIF89a=1;alert(1)//"),
      "image/gif",
      "/v1/restore",
      415,
      /is a GIF picture/,
    ],
    [
      "a photo under another's name",
      png,
      "image/jpeg",
      "/v1/restore",
      415,
      /declared as image\/jpeg, but its bytes are image\/png/,
    ],
    ["nothing", () => text(""), "image/png", "/v1/restore", 422, /is empty/],
    [
      "a photo cut off",
      async () => (await png()).slice(0, 900),
      "image/png",
      "/v1/restore?restoreSharp=true",
      422,
      /damaged or cut off/,
    ],
    [
      "a page behind a PNG's signature",
      async () => new Blob([(await png()).slice(0, 8), "<html><script>alert(1)</script></html>"]),
      "image/png",
      "/v1/restore",
      422,
      /damaged/,
    ],
    [
      "65,535 x 65,535 px in a few bytes",
      async () => blobOf(await pngOfSize(65_535, 65_535), ""),
      "image/png",
      "/v1/jobs",
      413,
      /at most 4 megapixels, got 65535 x 65535/,
    ],
    [
      "more pixels than are restored at once",
      async () => blobOf(await part(300, 250).resize(600, 500).png().toBuffer(), ""),
      "image/png",
      "/v1/restore",
      413,
      /at most 0.25 megapixels, got 600 x 500; send it to \/v1\/jobs/,
    ],
    ["too many bytes", () => blobOf(new Uint8Array(1_200_000), ""), "image/png", "/v1/jobs", 413, /at most 1 MB/],
    [
      "an animation",
      async () =>
        blobOf(
          await sharp({
            create: { width: 16, height: 32, channels: 3, background: "red", pageHeight: 16 } as Create,
          })
            .composite([{ input: await part(16, 16).png().toBuffer(), left: 0, top: 0 }])
            .webp({ loop: 0 })
            .toBuffer(),
          "",
        ),
      "image/webp",
      "/v1/restore",
      422,
      /is an animation; expected a single picture/,
    ],
    ["a path as a model", png, "image/png", "/v1/restore?model=../../etc", 422, /model: expected one of/],
    ["a URL as a model", png, "image/png", "/v1/restore?model=http://example.com/", 422, /model: expected one of/],
    ["an unknown setting", png, "image/png", "/v1/restore?step=3", 422, /"step": expected one of model, .*, steps, /],
    [
      "a setting out of range",
      png,
      "image/png",
      "/v1/restore?realism=2",
      422,
      /realism: expected a number from 0 to 1, got "2"/,
    ],
    ["more steps than allowed", png, "image/png", "/v1/restore?steps=5000", 422, /at most 100, got 5000/],
    ["several results at once", png, "image/png", "/v1/restore?samples=2", 422, /send the photo to \/v1\/jobs/],
  ];
  test.each(cases)("%s", async (_, body, type, path, status, message) => {
    const refused = await post(await body(), path, type);
    expect(refused.message).toMatch(message);
    expect(refused.status).toBe(status);
    expect(await service.leavesNothing()).toBe(true);
  });

  test("pixels that are damaged behind a sound header fail their job, and the next one is done", async () => {
    const broken = Buffer.from(await part(200, 150).png({ compressionLevel: 0 }).toBuffer());
    broken.fill(deflateRawSync("nonsense"), 2_000, 60_000);
    expect(await post(blobOf(broken, "image/png"))).toMatchObject({ status: 422, code: "image" });
    expect((await service.client.restore(await pngPart(32, 24), { steps: 0 })).type).toBe("image/png");
    expect(await service.leavesNothing()).toBe(true);
  });

  test("forms with names like paths, other files, or no photo", async () => {
    const form = new FormData();
    form.set("photo", await pngPart(32, 24), "../../../../tmp/unblur-escape.png");
    const answer = await fetch(`${service.url}/v1/restore?steps=0`, { method: "POST", body: form });
    expect([answer.status, answer.headers.get("content-disposition")]).toEqual([
      200,
      'attachment; filename="restored.png"',
    ]);
    await answer.arrayBuffer();
    const other = new FormData();
    other.set("file", await pngPart(32, 24));
    const refused = await fetch(`${service.url}/v1/restore`, { method: "POST", body: other });
    expect([refused.status, await refused.text()]).toEqual([422, expect.stringContaining("the fields photo and mask")]);
    const empty = await fetch(`${service.url}/v1/jobs`, { method: "POST", body: new FormData() });
    expect(empty.status).toBeGreaterThanOrEqual(400);
    expect(empty.status).toBeLessThan(500);
    expect(await service.leavesNothing()).toBe(true);
  });

  test("addresses that are none, and results under names like paths", async () => {
    for (const path of [
      "/v1/jobs/..%2f..%2fetc",
      "/v1/jobs/nobody/results/..%2f..%2fetc%2fpasswd",
      "/..%2f..%2fpackage.json",
    ])
      expect([path, (await fetch(`${service.url}${path}`)).status]).toEqual([
        path,
        expect.toSatisfy((s) => s === 404 || s === 403),
      ]);
  });
});

/** A request by hand, as far as it comes. */
function dial(): Promise<Socket & { heard: string }> {
  const { hostname, port } = new URL(service.url);
  return new Promise((resolve, reject) => {
    const socket = Object.assign(connect(Number(port), hostname), { heard: "" });
    socket.on("data", (data) => {
      socket.heard += data.toString("latin1");
    });
    socket.once("connect", () => resolve(socket)).once("error", reject);
  });
}
const HEAD =
  "POST /v1/restore HTTP/1.1\r\nHost: localhost\r\nContent-Type: image/png\r\nContent-Length: 100000\r\n\r\n";

describe("forms that are none", () => {
  const NEWLINE = "\r\n";
  const field = (name: string, value: string, boundary = "b") =>
    `--${boundary}${NEWLINE}Content-Disposition: form-data; name="${name}"${NEWLINE}${NEWLINE}${value}${NEWLINE}`;
  const file = `--b${NEWLINE}Content-Disposition: form-data; name="photo"; filename="p.png"${NEWLINE}Content-Type: image/png${NEWLINE}${NEWLINE}`;
  const cases: readonly (readonly [string, string, string])[] = [
    ["no end", "multipart/form-data; boundary=b", field("steps", "0")],
    ["no end of the photo", "multipart/form-data; boundary=b", `${file}some of it`],
    ["no boundary", "multipart/form-data", field("steps", "0")],
    ["an empty boundary", "multipart/form-data; boundary=", field("steps", "0")],
    [
      "a boundary of 300 characters",
      `multipart/form-data; boundary=${"b".repeat(300)}`,
      field("steps", "0", "b".repeat(300)),
    ],
    ["another boundary", "multipart/form-data; boundary=c", field("steps", "0")],
    ["nothing", "multipart/form-data; boundary=b", ""],
    ["headers without end", "multipart/form-data; boundary=b", `--b${NEWLINE}${"x".repeat(100_000)}`],
    ["40 fields", "multipart/form-data; boundary=b", `${field("steps", "0").repeat(40)}--b--`],
    ["a field of a prototype", "multipart/form-data; boundary=b", `${field("__proto__", "x")}--b--`],
    ["a name of a prototype", "multipart/form-data; boundary=b", `${field("constructor", "x")}${file}x${NEWLINE}--b--`],
    ["no type", "", "x"],
  ];
  test.each(cases)("%s", async (_, type, body) => {
    const refused = await post(new Blob([body]), "/v1/restore", type);
    expect(refused.status).toBeGreaterThanOrEqual(400);
    expect([refused.status, refused.status < 500]).toEqual([refused.status, true]);
    expect(await service.leavesNothing()).toBe(true);
  });

  test.each(["?__proto__=1", "?constructor=1", "?toString=1", "?steps=1&steps=2", "?steps[]=1", "?%00=1"])(
    "the query %s",
    async (query) => {
      expect(await post(await pngPart(16, 16), `/v1/restore${query}`)).toMatchObject({ status: 422, code: "argument" });
    },
  );

  test("no body at all", async () => {
    const answer = await fetch(`${service.url}/v1/restore`, { method: "POST" });
    expect([answer.status, ((await answer.json()) as Problem).error.code]).toEqual([415, "media-type"]);
  });
});

/** All that the service says to these bytes, until it closes the connection. */
async function saidTo(bytes: string | Uint8Array): Promise<string> {
  const socket = await dial();
  const closed = new Promise((resolve) => socket.once("close", resolve));
  socket.write(bytes);
  await closed;
  return socket.heard;
}

describe("requests that are no HTTP, too long or too slow have the body of every other error", () => {
  const head = "POST /v1/restore HTTP/1.1\r\nHost: localhost\r\nContent-Type: image/png\r\n";
  test.each<[string, string, number, string]>([
    ["no HTTP", "hello\r\n\r\n", 400, "request"],
    ["TLS", "\x16\x03\x01\x02\0\x01", 400, "request"],
    ["a chunk without its size", `${head}Transfer-Encoding: chunked\r\n\r\nzz\r\n`, 400, "request"],
    ["two lengths", `${head}Content-Length: 1\r\nContent-Length: 2\r\n\r\nab`, 400, "request"],
    ["long headers", `GET /health HTTP/1.1\r\nHost: localhost\r\nX: ${"x".repeat(20_000)}\r\n\r\n`, 431, "headers"],
    ["a photo that stalls", `${head}Content-Length: 100\r\n\r\nab`, 408, "timeout"],
    ["headers that stall", "GET /health HTTP/1.1\r\nHost: localhost\r\n", 408, "timeout"],
    [
      "a path out of the folder",
      "GET /docs/static/../../v1/models HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
      403,
      "request",
    ],
  ])("%s", async (_, bytes, status, code) => {
    const said = await saidTo(bytes);
    expect(said).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    const { error } = JSON.parse(said.slice(said.indexOf("{"))) as Problem;
    expect(error).toEqual({ code, message: expect.stringMatching(/^expected .{20,}/) });
    expect(await service.leavesNothing()).toBe(true);
  });
});

describe("connections that are up to no good", () => {
  test("a photo that states no length and exceeds the limit is refused as too large", async () => {
    const chunk = `${(1.5e6).toString(16)}\r\n${"x".repeat(1.5e6)}\r\n0\r\n\r\n`;
    const said = await saidTo(HEAD.replace(/Content-Length.*\r\n\r\n/, `Transfer-Encoding: chunked\r\n\r\n${chunk}`));
    expect(said).toMatch(/^HTTP\/1.1 413 .*"too-many-bytes"/s);
    expect(await service.leavesNothing()).toBe(true);
  });

  test("a client that hangs up at any moment leaves nothing, and nothing runs on", async () => {
    const photo = Buffer.from(await (await pngPart(300, 200)).arrayBuffer());
    const path = "/v1/restore?steps=100&restoreSharp=true";
    for (let ms = 0; ms < 60; ms += 3) {
      const socket = await dial();
      socket.on("error", () => {});
      socket.write(
        `POST ${path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: image/png\r\nContent-Length: ${photo.length}\r\n\r\n`,
      );
      socket.write(photo);
      await sleep(ms);
      socket.destroy();
      await expect.poll(() => service.left(), { timeout: 20_000 }).toEqual([]);
    }
    const metrics = await (await fetch(`${service.url}/metrics`)).text();
    expect(metrics).toMatch(/^unblur_jobs_running 0$/m);
  });

  test("a client that hangs up as it begins to follow a job is not written to any more", async () => {
    const job = await service.client.submit(await pngPart(300, 200), { steps: 100, restoreSharp: true });
    for (let ms = 0; ms < 10; ms++) {
      const socket = await dial();
      socket.write(`GET /v1/jobs/${job.id}/events HTTP/1.1\r\nHost: localhost\r\n\r\n`);
      await sleep(ms);
      socket.destroy();
    }
    await service.client.cancel(job.id);
    expect(await service.leavesNothing()).toBe(true);
  });

  test("one address has no more connections than its share, and others are served meanwhile", async () => {
    await using small = await runService({ clientConnections: 5 });
    const { hostname, port } = new URL(small.url);
    const sockets = Array.from({ length: 12 }, () => connect(Number(port), hostname).on("error", () => {}));
    const closed = () => sockets.filter((socket) => socket.closed).length;
    await expect.poll(closed).toBe(7);
    const from = (localAddress: string) =>
      new Promise<number>((resolve, reject) => {
        get({ host: hostname, port, path: "/health", localAddress, agent: false }, (answer) => {
          answer.resume();
          resolve(answer.statusCode!);
        }).on("error", reject);
      });
    if (process.platform === "linux") expect(await from("127.0.1.9")).toBe(200); // others have one loopback address
    await expect(from("127.0.0.1")).rejects.toThrow();
    for (const socket of sockets) socket.destroy();
    await expect.poll(() => from("127.0.0.1").catch(() => 0)).toBe(200);
  });

  test("an upload that drips is ended in time", async () => {
    const socket = await dial();
    socket.on("error", () => {});
    socket.write(HEAD);
    const drip = setInterval(() => socket.write("x"), 100);
    const closed = new Promise((resolve) => socket.once("close", resolve));
    const startedAt = performance.now();
    await closed;
    clearInterval(drip);
    expect(performance.now() - startedAt).toBeLessThan(20_000);
    expect(socket.heard).toMatch(/^HTTP\/1\.1 408 /);
    expect(await service.leavesNothing()).toBe(true);
  });

  test("an upload that breaks off gives its place back", async () => {
    for (let i = 0; i < 8; i++) {
      const socket = await dial();
      socket.write(`${HEAD}some of it`);
      await sleep(50);
      socket.destroy();
      await sleep(50);
    }
    expect((await service.client.restore(await pngPart(32, 24), { steps: 0 })).type).toBe("image/png");
    expect(await service.leavesNothing()).toBe(true);
  });

  test("more connections than allowed are closed, and those that are allowed are served again", async () => {
    await using small = await runService({ maxConnections: 3 });
    const { hostname, port } = new URL(small.url);
    const sockets = Array.from({ length: 12 }, () => connect(Number(port), hostname).on("error", () => {}));
    const closed = await Promise.all(
      sockets.map((socket) =>
        Promise.race([new Promise((resolve) => socket.once("close", () => resolve(true))), sleep(2000)]),
      ),
    );
    expect(closed.filter(Boolean).length).toBe(9);
    for (const socket of sockets) socket.destroy();
    await sleep(100);
    expect((await fetch(`${small.url}/health`)).status).toBe(200);
  });
});

describe("more than can be served", () => {
  test("one client's share, then all places: 429 and 503 with Retry-After, nothing lost of what was accepted", async () => {
    const { client } = service;
    const photo = await pngPart(400, 300);
    const jobs = [];
    for (let i = 0; i < 3; i++) jobs.push(await client.submit(photo, { steps: 10, restoreSharp: true }));
    const refused = await fetch(`${service.url}/v1/jobs`, { method: "POST", body: photo });
    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
    expect(((await refused.json()) as { error: { message: string } }).error.message).toMatch(
      /at most 3 unfinished photos/,
    );
    expect((await client.job(jobs[2]!.id)).ahead).toBe(1);
    for (const { id } of jobs) await client.cancel(id);
    expect(await service.leavesNothing()).toBe(true);
  });
});

describe("who may ask", () => {
  test("an address others can reach needs a token, which is then asked for", async () => {
    await expect(runService({ host: "0.0.0.0" })).rejects.toThrow(/expected a token/);
    const token = "a token of some length";
    await using guarded = await runService({ token });
    const photo = await pngPart(16, 16);
    for (const given of [undefined, "Bearer wrong", `Basic ${token}`]) {
      const headers = given === undefined ? {} : { Authorization: given };
      const answer = await fetch(`${guarded.url}/v1/restore`, { method: "POST", body: photo, headers });
      expect([given, answer.status]).toEqual([given, 401]);
    }
    expect((await fetch(`${guarded.url}/metrics`)).status).toBe(401);
    expect((await fetch(`${guarded.url}/health`)).status).toBe(200);
    expect((await guarded.client.restore(photo, { steps: 0 })).type).toBe("image/png");
  });

  test("pages of other sites, and other sites' names for this machine, are refused", async () => {
    const ask = (headers: Record<string, string>) =>
      new Promise<string>((resolve) => {
        void dial().then((socket) => {
          const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
          socket.once("close", () => resolve(socket.heard));
          socket.write(`GET /v1/models HTTP/1.1\r\nConnection: close\r\n${lines.join("")}\r\n`);
        });
      });
    expect(await ask({ Host: "localhost", "Sec-Fetch-Site": "cross-site" })).toMatch(/^HTTP\/1\.1 403 /);
    expect(await ask({ Host: "evil.example" })).toMatch(/^HTTP\/1\.1 421 /);
    expect(await ask({ Host: "localhost:1234", "Sec-Fetch-Site": "same-origin" })).toMatch(/^HTTP\/1\.1 200 /);
  });
});
