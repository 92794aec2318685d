/** @file The service's log: what a person reads who started the page, and what an operator needs. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect, test } from "vitest";
import { builtProgram } from "../built.js";
import { sleep } from "./running-service.js";

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
    await expect.poll(() => said, { timeout: 30_000 }).toMatch(/page and API at (\S+),/);
    const url = /page and API at (\S+),/.exec(said)![1]!;
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
