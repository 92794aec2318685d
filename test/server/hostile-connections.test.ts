/** @file Hostile and excessive connections and requests: each is refused clearly, and nothing is left behind. */
import { get } from "node:http";
import { connect, type Socket } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Problem } from "../../apps/server/contract.js";
import { pngPart, type RunningService, runService, sleep } from "./running-service.js";

let service: RunningService;
beforeAll(async () => {
  service = await runService({ maxMegabytes: 1, uploadSeconds: 2, perClient: 3, waiting: 3 });
});
afterAll(() => service.stop());

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

/** All that the service says to these bytes, until it closes the connection. */
async function saidTo(bytes: string | Uint8Array): Promise<string> {
  const socket = await dial();
  const closed = new Promise((resolve) => socket.once("close", resolve));
  socket.write(bytes);
  await closed;
  return socket.heard;
}

describe("requests that are no HTTP, not for here, too long or too slow have the body of every other error", () => {
  const head = "POST /v1/restore HTTP/1.1\r\nHost: localhost\r\nContent-Type: image/png\r\n";
  test.each<[string, string, number, string]>([
    ["no HTTP", "hello\r\n\r\n", 400, "request"],
    ["TLS", "\x16\x03\x01\x02\0\x01", 400, "request"],
    ["a chunk without its size", `${head}Transfer-Encoding: chunked\r\n\r\nzz\r\n`, 400, "request"],
    ["two lengths", `${head}Content-Length: 1\r\nContent-Length: 2\r\n\r\nab`, 400, "request"],
    ["no host", "GET /health HTTP/1.1\r\nConnection: close\r\n\r\n", 400, "request"],
    ["no host, but a whole URL", "GET http://localhost/health HTTP/1.1\r\nConnection: close\r\n\r\n", 400, "request"],
    ["an expectation", `${head}Content-Length: 2\r\nExpect: a-prize\r\n\r\nab`, 417, "expectation"],
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
