import { spawn } from "node:child_process";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { bundled } from "../../../test/bundled.js";
import { lockFolder } from "./process-lock.js";
import { newMark, processOf } from "./process-mark.js";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "unblur-lock-"));
});
afterEach(() => rm(folder, { recursive: true }));

const lock = () => lockFolder(folder, "training", "runs/1: is being trained");

const [program] = await bundled("test/process-lock.child.ts");

/** Starts a process that reports when it has the lock, and then waits to be killed. */
async function holder() {
  const child = spawn(process.execPath, [program, folder], { stdio: ["ignore", "pipe", "inherit"] });
  const exit = new Promise((resolve) => child.once("exit", resolve));
  const said = await new Promise<string>((resolve) =>
    child.stdout.once("data", (data) => resolve(String(data).trim())),
  );
  const kill = () => {
    child.kill("SIGKILL");
    return exit;
  };
  return { said, pid: child.pid!, kill };
}

test("one holder has it until it is released; then no file remains", async () => {
  const first = await lock();
  await expect(lock()).rejects.toMatchObject({
    code: "file",
    message: `runs/1: is being trained by process ${process.pid} already; wait for it to end, or stop it`,
  });
  await first[Symbol.asyncDispose]();
  await (await lock())[Symbol.asyncDispose]();
  expect(await readdir(folder)).toEqual([]);
});

test("at most one of many concurrent requests gets it", async () => {
  let winners = 0;
  for (let round = 0; round < 8; round++) {
    const results = await Promise.allSettled(Array.from({ length: 5 }, lock));
    const got = results.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
    expect(got.length).toBeLessThanOrEqual(1);
    winners += got.length;
    for (const one of got) await one[Symbol.asyncDispose]();
    expect(await readdir(folder)).toEqual([]);
  }
  expect(winners).toBeGreaterThan(0);
});

test("the error names the process that holds it; a killed process no longer holds it", async () => {
  const other = await holder();
  try {
    expect(other.said).toBe("locked");
    await expect(lock()).rejects.toThrow(`by process ${other.pid} already`);
  } finally {
    await other.kill();
  }
  await using _ = await lock();
  expect(await readdir(folder)).toHaveLength(1);
});

test("the state of a process on another machine is unknown: the error names the file to delete", async () => {
  const file = `training.${newMark().replace(/@.*/, "@far-away")}.lock`;
  await writeFile(join(folder, file), "");
  await expect(lock()).rejects.toThrow(
    `runs/1: is being trained by process ${process.pid} on far-away already; if that no longer runs, delete ${join(folder, file)}`,
  );
});

test("a process that reuses the id of an ended one is not confused with it", () => {
  expect(processOf(newMark()).state).toBe("running");
  if (process.platform === "linux") expect(processOf(newMark().replace(/-\d+-/, "-1-")).state).toBe("ended");
  expect(() => processOf("12-@x")).toThrow(TypeError);
});
