/** @file A stream of events is what the work emits, in order, and ends with it. */
import { expect, test } from "vitest";
import { type Emit, eventStream, resultOf } from "./event-stream.js";

async function counting(emit: Emit<number>, signal: AbortSignal): Promise<string> {
  for (let i = 0; i < 5; i++) {
    await emit(i);
    if (signal.aborted) throw new Error(`stopped after ${i}: ${String(signal.reason)}`);
  }
  return "done";
}

test("yields the events in order and returns the result", async () => {
  const seen: number[] = [];
  expect(await resultOf(eventStream(counting), (event) => void seen.push(event))).toBe("done");
  expect(seen).toEqual([0, 1, 2, 3, 4]);
});

test("the work waits until an event has been consumed", async () => {
  let value = 0;
  const work = async (emit: Emit<() => number>) => {
    for (; value < 3; value++) await emit(() => value);
  };
  const seen: number[] = [];
  await resultOf(eventStream(work), async (event) => {
    await new Promise((resolve) => setTimeout(resolve, 1));
    seen.push(event());
  });
  expect(seen).toEqual([0, 1, 2]);
});

test("events that nobody waits for are all yielded", async () => {
  const seen: number[] = [];
  const work = async (emit: Emit<number>) => {
    for (let i = 0; i < 4; i++) void emit(i);
  };
  await resultOf(eventStream(work), (event) => void seen.push(event));
  expect(seen).toEqual([0, 1, 2, 3]);
});

test("an error of the work is thrown after its events", async () => {
  const seen: number[] = [];
  const work = async (emit: Emit<number>) => {
    void emit(1);
    throw new Error("broken");
  };
  await expect(resultOf(eventStream(work), (event) => void seen.push(event))).rejects.toThrow("broken");
  expect(seen).toEqual([1]);
});

test("leaving the loop aborts the work and waits for its end", async () => {
  let ended = "";
  const work = (emit: Emit<number>, signal: AbortSignal) =>
    counting(emit, signal).catch((error: Error) => {
      ended = error.message;
      throw error;
    });
  for await (const event of eventStream(work)) if (event === 2) break;
  expect(ended).toMatch(/^stopped after 2/);
});

test("an error of the consumer ends the work and is the one thrown", async () => {
  let last = -1;
  const work = async (emit: Emit<number>, signal: AbortSignal) => {
    for (let i = 0; !signal.aborted; i++) {
      last = i;
      await emit(i);
    }
  };
  const thrown = resultOf(eventStream(work), (event) => {
    if (event === 1) throw new Error("enough");
  });
  await expect(thrown).rejects.toThrow("enough");
  expect(last).toBe(1);
});

test("the caller's signal reaches the work with its reason, also when it fired before", async () => {
  const stop = new AbortController();
  const running = resultOf(eventStream(counting, stop.signal), (event) => {
    if (event === 1) stop.abort("late");
  });
  await expect(running).rejects.toThrow("stopped after 1: late");
  await expect(resultOf(eventStream(counting, stop.signal), () => {})).rejects.toThrow("stopped after 0: late");
});
