/** @file Work that runs at the same time, and ends together. */
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { allOrNone } from "./in-lanes.js";

/** Rejects with the signal's reason as soon as it is aborted, `late` ms later. */
const waiting = (ended: string[], late: number) => async (signal: AbortSignal) => {
  if (!signal.aborted) await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
  await sleep(late);
  ended.push("waiting");
  throw signal.reason;
};

test("all results, in the order of the runs", async () => {
  const slow = () => sleep(5, "slow");
  expect(await allOrNone(undefined, [slow, async () => 2, async () => undefined])).toEqual(["slow", 2, undefined]);
});

test("after one has failed the others are stopped; its error comes when they have ended", async () => {
  const ended: string[] = [];
  const failing = async () => Promise.reject(new Error("broken"));
  await expect(allOrNone(undefined, [waiting(ended, 10), failing])).rejects.toThrow("broken");
  expect(ended).toEqual(["waiting"]);
});

test("a stop reaches all, also one that came before", async () => {
  const stop = new AbortController();
  const ended: string[] = [];
  const running = allOrNone(stop.signal, [waiting(ended, 0), waiting(ended, 5)]);
  stop.abort(new Error("stopped"));
  await expect(running).rejects.toThrow("stopped");
  await expect(allOrNone(stop.signal, [waiting(ended, 0)])).rejects.toThrow("stopped");
  expect(ended).toHaveLength(3);
});
