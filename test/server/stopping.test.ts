/** @file The end of a service: by a signal, as process managers send it, and what becomes of photos by then. */
import { spawn, spawnSync } from "node:child_process";
import {
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { expect, test } from "vitest";
import { createClient, type Job } from "../../apps/server/client.js";
import { Storage } from "../../apps/server/storage.js";
import { builtProgram } from "../built.js";
import { pngPart, runService, sleep } from "./running-service.js";

const CLI = builtProgram();

test("stopped, it ends what runs with its result, what waits with an error, and takes nothing new", async () => {
  const service = await runService({ stopSeconds: 60, waiting: 4 });
  const { client, folder } = service;
  const photo = await pngPart(400, 300);
  const running = await client.submit(photo, { steps: 10, restoreSharp: true });
  const waiting = await client.submit(photo, { steps: 10, restoreSharp: true });
  for await (const { progress } of client.follow(running.id)) if (progress) break;
  const stopped = service.stop();
  const refused = await fetch(`${service.url}/v1/jobs`, { method: "POST", body: photo });
  expect([refused.status, Number(refused.headers.get("retry-after")) > 0]).toEqual([503, true]);
  await refused.arrayBuffer();
  expect((await fetch(`${service.url}/ready`)).status).toBe(503);
  const end = async (id: string) => {
    let last: Job | undefined;
    for await (const job of client.follow(id)) last = job;
    return last!;
  };
  expect(await end(waiting.id)).toMatchObject({ state: "cancelled", error: { code: "stopping" } });
  expect((await end(running.id)).state).toBe("done");
  expect((await client.result(running.id)).size).toBeGreaterThan(1000);
  await stopped;
  expect(existsSync(folder)).toBe(false);
  await expect(fetch(`${service.url}/health`)).rejects.toThrow();
});

test("a HEAD request does not count as fetching the result, and does not wait for the end of a job", async () => {
  const service = await runService({ stopSeconds: 60 });
  const { client, url } = service;
  const { id } = await client.submit(await pngPart(64, 48), { steps: 0, restoreSharp: true });
  expect((await fetch(`${url}/v1/jobs/${id}/events`, { method: "HEAD" })).status).toBe(404);
  for await (const _ of client.follow(id));
  const head = await fetch(`${url}/v1/jobs/${id}/result`, { method: "HEAD" });
  expect([head.status, Number(head.headers.get("content-length")) > 1000]).toEqual([200, true]);
  const stopped = service.stop();
  await sleep(500);
  expect((await client.result(id)).size).toBe(Number(head.headers.get("content-length")));
  await stopped;
});

test("what runs beyond the deadline is ended as an error", async () => {
  const service = await runService({ stopSeconds: 1 });
  const job = await service.client.submit(await pngPart(400, 300), { steps: 100, restoreSharp: true });
  const ends: string[] = [];
  const followed = (async () => {
    for await (const { state, error } of service.client.follow(job.id)) ends.push(`${state} ${error?.code}`);
  })();
  await sleep(300);
  await service.stop();
  await followed.catch(() => {}); // the connection may end first
  expect(existsSync(service.folder)).toBe(false);
  expect(ends.at(-1)).toMatch(/cancelled stopping|running/);
});

const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });

test("the command listens, restores, and at SIGTERM ends with 0 and leaves nothing; killed, the next one cleans up", async () => {
  const temporary = mkdtempSync(join(tmpdir(), "unblur-serve-test-"));
  const port = await freePort();
  const start = () =>
    spawn(process.execPath, [CLI, "serve", "--port", String(port), "--threads", "1"], {
      env: { ...process.env, TMPDIR: temporary },
      stdio: ["ignore", "pipe", "pipe"],
    });
  const folders = () => readdirSync(temporary).filter((name) => name.startsWith("unblur-serve-"));
  const ready = async () => {
    for (let tries = 0; tries < 600; tries++) {
      const answer = await fetch(`http://127.0.0.1:${port}/ready`).catch(() => null);
      if (answer?.ok) return;
      await sleep(100);
    }
    throw new Error("did not become ready");
  };
  const killed = start();
  await ready();
  killed.kill("SIGKILL");
  await new Promise((resolve) => killed.once("exit", resolve));
  expect(folders()).toHaveLength(1);
  const child = start();
  let logs = "";
  child.stdout.on("data", (data) => {
    logs += String(data);
  });
  await ready();
  expect(folders()).toHaveLength(1);
  expect(
    (await createClient(`http://127.0.0.1:${port}`).restore(await pngPart(32, 24), { steps: 0 })).size,
  ).toBeGreaterThan(100);
  const overlong = connect(port, "127.0.0.1");
  overlong.write(
    "POST /v1/restore HTTP/1.1\r\nHost: localhost\r\nContent-Type: image/png\r\nContent-Length: 5\r\n\r\n",
  );
  overlong.resume().write("more than five");
  await new Promise((resolve) => overlong.once("close", resolve));
  const exit = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGTERM");
  expect(await exit).toBe(0);
  expect(folders()).toEqual([]);
  const lines = logs
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as { msg: string; level: number });
  expect(lines.some(({ msg }) => msg === "request completed")).toBe(true);
  const ERROR = 50;
  expect(lines.filter(({ level }) => level >= ERROR)).toEqual([]); // a client's fault is none of the server
  rmSync(temporary, { recursive: true });
});

test("a --site without the page is refused", () => {
  const { status, stderr } = spawnSync(process.execPath, [CLI, "serve", "--port", "0", "--site", "/nowhere"], {
    encoding: "utf8",
    timeout: 20_000,
  });
  expect([status, stderr.split("\n")[0]]).toEqual([
    2,
    'error: --site: expected a folder with the page (index.html), as --export writes it, got "/nowhere"',
  ]);
});

test("a temporary folder that is missing or a file is the reason why the service does not start", async () => {
  const parent = mkdtempSync(join(tmpdir(), "unblur-storage-"));
  const file = join(parent, "file");
  writeFileSync(file, "");
  const message = (at: string, why: string) => ({ code: "file", message: `${at}: it could not be written: ${why}` });
  await expect(Storage.open(file)).rejects.toMatchObject(
    message(file, "its path leads through a file; choose another folder"),
  );
  const missing = join(parent, "missing");
  await expect(Storage.open(missing)).rejects.toMatchObject(
    message(missing, "the folder does not exist; create it first"),
  );
  rmSync(parent, { recursive: true });
});

test("only own folders of processes that are gone are leftovers", async () => {
  const parent = mkdtempSync(join(tmpdir(), "unblur-storage-"));
  const kept = [`unblur-serve-${process.pid}-own`, "another", "unblur-serve-4194303-file", "unblur-serve-4194303-link"];
  mkdirSync(join(parent, kept[0]!));
  mkdirSync(join(parent, kept[1]!));
  writeFileSync(join(parent, kept[2]!), "");
  symlinkSync(join(parent, kept[1]!), join(parent, kept[3]!));
  mkdirSync(join(parent, "unblur-serve-4194303-gone"));
  if (process.getuid?.() === 0) {
    kept.push("unblur-serve-4194303-foreign"); // another user's: only root can make one
    mkdirSync(join(parent, kept.at(-1)!), { mode: 0o700 });
    chownSync(join(parent, kept.at(-1)!), 65_534, 65_534);
  }
  const storage = await Storage.open(parent);
  const names = readdirSync(parent);
  expect(names.sort()).toEqual([...kept, basename(storage.root)].sort());
  await storage.close();
  rmSync(parent, { recursive: true });
});

test("a folder that the system cleared is made anew, and not in what another may have put in its place", async () => {
  const parent = mkdtempSync(join(tmpdir(), "unblur-storage-"));
  const storage = await Storage.open(parent);
  const first = storage.root;
  rmSync(first, { recursive: true });
  mkdirSync(join(parent, "elsewhere"));
  symlinkSync(join(parent, "elsewhere"), first);
  const { path } = await storage.newFolder();
  expect(existsSync(path)).toBe(true);
  expect(storage.root).not.toBe(first);
  expect(readdirSync(join(parent, "elsewhere"))).toEqual([]);
  expect(await storage.hasRoom(1000)).toBe(true);
  expect(await storage.hasRoom(1e18)).toBe(false);
  await storage.close();
  rmSync(parent, { recursive: true });
  expect(await storage.hasRoom(1000)).toBe(false);
});
