import { expect, test } from "vitest";
import { type Callbacks, withCallbacks } from "./callbacks.js";

const REASON = new Error("the callback's own");
const ends = (signal: AbortSignal) =>
  new Promise<never>((_, reject) => {
    const stopped = () => reject(new Error("stopped"));
    if (signal.aborted) stopped();
    signal.addEventListener("abort", stopped, { once: true });
  });

test("a callback that throws or rejects stops the work and ends the call with its reason", async () => {
  const thrown = () => {
    throw REASON;
  };
  for (const callback of [thrown, async () => thrown(), () => Promise.reject(REASON)]) {
    const work = async ({ signal, of }: Callbacks) => {
      expect(of(callback)()).toBeUndefined();
      return ends(signal);
    };
    await expect(withCallbacks(undefined, work)).rejects.toBe(REASON);
    await expect(withCallbacks(undefined, async ({ of }) => of(callback)())).rejects.toBe(REASON);
  }
});

test("a call resolves when the promises of its callbacks have been kept", async () => {
  const order: string[] = [];
  const slow = async (name: string) => {
    await new Promise((resolve) => setTimeout(resolve, 5));
    order.push(name);
  };
  expect(
    await withCallbacks(undefined, async ({ of }) => {
      of(slow)("one");
      of(slow)("two");
      of(undefined)();
      return 7;
    }),
  ).toBe(7);
  expect(order).toEqual(["one", "two"]);
});

test("nothing is called after a failure, and the first one counts", async () => {
  let calls = 0;
  const fails = () => {
    calls++;
    throw new Error(`${calls}`);
  };
  const work = async ({ of }: Callbacks) => [of(fails), of(fails)].forEach((call) => void call());
  await expect(withCallbacks(undefined, work)).rejects.toThrow(/^1$/);
  expect(calls).toBe(1);
});

test("the caller's signal stops the work, and its reason is the call's, unless the work had ended", async () => {
  const reason = new Error("enough");
  await expect(withCallbacks(AbortSignal.abort(reason), ({ signal }) => ends(signal))).rejects.toBe(reason);
  const stop = new AbortController();
  const call = withCallbacks(stop.signal, ({ signal }) => ends(signal));
  stop.abort(reason);
  await expect(call).rejects.toBe(reason);
  const late = new AbortController();
  const done = withCallbacks(late.signal, async ({ of }) => {
    of(() => late.abort(reason))();
    return 1;
  });
  expect(await done).toBe(1);
});
