import { expect, test } from "vitest";
import { FairQueue } from "./fair-queue.js";
import { Refusal } from "./refusal.js";

/** A queue whose runs end on request. */
function harness(concurrency: number, waiting: number, perClient: number, now = () => 0) {
  const places = new FairQueue({ concurrency, waiting, perClient }, now);
  const started: string[] = [];
  const ends = new Map<string, () => void>();
  const enter = (client: string, name: string) => {
    const place = places.take(client);
    places.enter(place, async () => {
      started.push(name);
      await new Promise<void>((resolve) => ends.set(name, resolve));
      places.giveBack(place);
    });
    return place;
  };
  const end = async (name: string) => {
    ends.get(name)!();
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { places, started, enter, end };
}

const refusal = (act: () => unknown): Refusal => {
  try {
    act();
  } catch (error) {
    if (error instanceof Refusal) return error;
  }
  throw new Error("expected a refusal");
};

test("clients take turns, each in its own order", async () => {
  const { started, enter, end, places } = harness(1, 10, 10);
  for (const name of ["a1", "a2", "a3"]) enter("a", name);
  const b1 = enter("b", "b1");
  const a4 = enter("a", "a4");
  const b2 = enter("b", "b2");
  expect([places.ahead(b1), places.ahead(b2), places.ahead(a4)]).toEqual([1, 3, 4]);
  for (const name of ["a1", "a2", "b1", "a3", "b2", "a4"]) await end(name);
  expect(started).toEqual(["a1", "a2", "b1", "a3", "b2", "a4"]);
});

test("places are bounded in total and per client, and can be reused", async () => {
  const { enter, end } = harness(1, 2, 2);
  enter("a", "a1");
  enter("a", "a2");
  expect(refusal(() => enter("a", "a3"))).toMatchObject({ status: 429, retryAfterSeconds: expect.any(Number) });
  enter("b", "b1");
  expect(refusal(() => enter("c", "c1"))).toMatchObject({ status: 503, code: "queue-full" });
  await end("a1");
  enter("c", "c1");
  expect(refusal(() => enter("d", "d1")).status).toBe(503);
});

test("concurrency is limited, a waiting photo can leave, and a closed queue takes none", () => {
  const { started, enter, places } = harness(2, 5, 9);
  const [first] = ["x", "y"].map((name) => enter("a", name));
  const third = enter("a", "z");
  expect(started).toEqual(["x", "y"]);
  expect(places.leave(third)).toBe(true);
  expect(places.leave(third)).toBe(false);
  expect(places.leave(first!)).toBe(false);
  places.close();
  expect(refusal(() => enter("a", "w"))).toMatchObject({ status: 503, code: "stopping" });
});

test("refused clients are admitted in the order of refusal if they retry in time", async () => {
  let seconds = 0;
  const { enter, end } = harness(1, 1, 1, () => seconds);
  enter("a", "a1");
  enter("b", "b1");
  const turnedAway = (client: string) => refusal(() => enter(client, `${client} again`)).code;
  expect(["c", "d"].map(turnedAway)).toEqual(["queue-full", "queue-full"]);
  await end("a1");
  expect(turnedAway("a")).toBe("queue-full"); // one place is free, reserved for c
  expect(turnedAway("d")).toBe("queue-full");
  enter("c", "c1");
  await end("b1");
  seconds += 1000; // d and a no longer wait
  enter("e", "e1");
});

test("clients that never retry do not block an idle service", async () => {
  const { enter, end } = harness(1, 16, 17);
  const names = Array.from({ length: 17 }, (_, i) => `a${i}`);
  for (const name of names) enter("a", name);
  for (let i = 0; i < 200; i++) expect(refusal(() => enter(`once ${i}`, "x")).code).toBe("queue-full");
  for (const name of names.slice(0, 8)) await end(name);
  expect(refusal(() => enter("new", "x")).code).toBe("queue-full"); // 8 places are free, but reserved for the clients in line
  await end(names[8]!);
  enter("new", "new1");
});

test("a reservation ends seconds after its client should have retried, however long photos take", () => {
  let seconds = 0;
  const { enter, places } = harness(1, 3, 4, () => seconds);
  const leaving = ["a1", "a2", "a3", "a4"].map((name) => enter("a", name));
  const { retryAfterSeconds } = refusal(() => enter("b", "b1"));
  expect(retryAfterSeconds).toBeLessThanOrEqual(10);
  expect(refusal(() => enter("c", "c1")).code).toBe("queue-full");
  for (const place of leaving.slice(2)) if (places.leave(place)) places.giveBack(place);
  seconds = 9;
  expect(refusal(() => enter("d", "d1")).code).toBe("queue-full"); // two places are free, reserved for b and c
  seconds = 15.5;
  enter("e", "e1");
});
