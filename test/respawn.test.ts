/** @file A program that starts itself once more is one program to whoever started it. */
import { spawn } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { bundled } from "./bundled.js";

const [program] = await bundled("test/respawn.child.ts");

/** Starts it; `pid` is that of the second process. */
async function started(word: string) {
  const first = spawn(process.execPath, [program, word], { stdio: ["ignore", "pipe", "inherit"] });
  const ended = new Promise<[number | null, string | null]>((resolve) => first.once("exit", (...how) => resolve(how)));
  const pid = Number(await new Promise((resolve) => first.stdout.once("data", resolve)));
  return { first, ended, pid };
}

const runs = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

test("it ends with the code or the signal that ended the second one", async () => {
  expect(await (await started("done")).ended).toEqual([3, null]);
  expect(await (await started("killed")).ended).toEqual([null, "SIGKILL"]);
});

test("a signal to the first process alone, or to both as a terminal sends it, stops the second one once", async () => {
  for (const both of [false, true]) {
    const { first, ended, pid } = await started("wait");
    expect(pid).not.toBe(first.pid);
    if (both) process.kill(pid, "SIGINT");
    first.kill("SIGINT");
    expect(await ended).toEqual([130, null]);
    expect(runs(pid)).toBe(false);
  }
});

test("a terminal that is closed says so several times: the second process is stopped, and the first waits for it", async () => {
  const { first, ended, pid } = await started("slow");
  for (let times = 0; times < 3; times++) {
    first.kill("SIGHUP");
    await sleep(5);
  }
  expect(await ended).toEqual([130, null]);
  expect(runs(pid)).toBe(false);
});

test("a signal that arrives when the second process has ended, but before the first knows it, changes nothing", async () => {
  expect(await (await started("late")).ended).toEqual([130, null]);
});

test("the second process does not outlive the first", async () => {
  const { first, ended, pid } = await started("wait");
  first.kill("SIGKILL");
  await ended;
  for (let i = 0; i < 100 && runs(pid); i++) await sleep(50);
  expect(runs(pid)).toBe(false);
});
