/** @file The service's log: what a person reads who started the page, and what an operator needs. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { builtProgram } from "../built.js";
import { sleep } from "./running-service.js";

test("a person reads first where the page is and how to end the service; the log's lines follow", async () => {
  const folder = mkdtempSync(join(tmpdir(), "unblur-log-"));
  const path = join(folder, "terminal");
  const terminal = openSync(path, "a"); // both streams in one, as a terminal shows them
  const args = [builtProgram(), "serve", "--port", "0", "--model", "fast", "--threads", "1"];
  const server = spawn(process.execPath, args, { stdio: ["ignore", terminal, terminal] });
  try {
    const lines = () => readFileSync(path, "utf8").trim().split("\n");
    await expect.poll(() => lines().length, { timeout: 30_000 }).toBeGreaterThanOrEqual(3);
    const [open, api, listening] = lines();
    expect(open).toMatch(/^Open http:\/\/127\.0\.0\.1:\d+ in a browser\. Ctrl-C ends it\.$/);
    const url = open!.split(" ")[1]!;
    expect(api).toBe(`Programs use the HTTP API there: ${url}/docs describes it.`);
    expect(JSON.parse(listening!)).toMatchObject({ level: 30, msg: `Server listening at ${url}` });
  } finally {
    server.kill("SIGTERM");
    await once(server, "exit");
    closeSync(terminal);
    rmSync(folder, { recursive: true });
  }
});

test("the log has the requests to the service, but not those for the page's files", async () => {
  const args = [builtProgram(), "serve", "--port", "0", "--model", "fast", "--threads", "1"];
  const server = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "pipe"] });
  let [log, said] = ["", ""];
  server.stdout.on("data", (chunk) => {
    log += String(chunk);
  });
  server.stderr.on("data", (chunk) => {
    said += String(chunk);
  });
  try {
    await expect.poll(() => said, { timeout: 30_000 }).toMatch(/^Open (\S+) in a browser/m);
    const url = /^Open (\S+) in a browser/m.exec(said)![1]!;
    for (const path of ["/", "/icon.svg", "/index.json", "/models/fast/model.json", "/v1/models"])
      expect([path, (await fetch(new URL(path, url))).status]).toEqual([path, 200]);
    await expect.poll(() => log).toContain("request completed");
    await sleep(100);
  } finally {
    server.kill("SIGTERM");
    await once(server, "exit");
  }
  const lines = log.trim().split("\n");
  const asked = lines.map((line) => (JSON.parse(line) as { req?: { url: string } }).req?.url).filter(Boolean);
  expect(asked).toEqual(["/v1/models"]);
});
