/** @file Two restorers in a row, with engines whose results are known. */
import { expect, test } from "vitest";
import { enlargedPlanes } from "../images/enlarge.js";
import type { Planes } from "../images/image.js";
import { PREDICTS } from "./plan.js";
import { type Engine, type RestorationStep, type RestoreProgress, restorerFrom } from "./restorer.js";
import type { RestorationSettings } from "./settings.js";
import { thenEnlarged } from "./then-enlarged.js";

/** Blurry for the rule that recognises sharp photos. */
const photo: Planes = {
  ...{ width: 64, height: 48, channels: 3 },
  data: Float32Array.from(
    { length: 3 * 64 * 48 },
    (_, i) => 0.7 * Math.sin(0.05 * (i % 64)) * Math.cos(0.04 * (i >> 6)),
  ),
};
/** Squares of 24 px with hard edges. */
const sharp: Planes = {
  ...{ width: 300, height: 300, channels: 3 },
  data: Float32Array.from({ length: 3 * 300 * 300 }, (_, i) => {
    const [x, y] = [i % 300, Math.floor(i / 300) % 300];
    return 0.5 * ((Math.floor((x + 12) / 24) % 2) - 0.5) + 0.5 * ((Math.floor((y + 12) / 24) % 2) - 0.5);
  }),
};
/** Compared as bytes: a difference of long arrays would take minutes to print. */
const same = (a: Planes, b: Planes): boolean => Buffer.from(a.data.buffer).equals(Buffer.from(b.data.buffer));

const added = (planes: Planes, value: number): Planes => ({ ...planes, data: planes.data.map((one) => one + value) });

/** Adds 0.1, 0.2, ... for the samples; announces two steps. Records what it is given. */
function first() {
  const calls: RestorationSettings[] = [];
  let released = 0;
  const engine: Engine = {
    ...{ name: "first", ...PREDICTS, diffuses: true },
    async restore(given, settings, { emit, signal }) {
      calls.push(settings);
      for (const done of [1, 2]) {
        await emit({ type: "progress", progress: { done, total: 2, stage: "predicting" } });
        signal.throwIfAborted();
      }
      await emit({ type: "step", step: { index: 0, estimate: added(given, 0.05) } as RestorationStep });
      const samples = Array.from({ length: settings.samples ?? 1 }, (_, i) => added(given, 0.1 * (i + 1)));
      return { restored: samples[0]!, samples, evaluations: 4 };
    },
    release: async () => void released++,
  };
  return { restorer: restorerFrom(engine), calls, released: () => released };
}

function enlarger(scale = 2) {
  let [calls, released] = [0, 0];
  const engine: Engine = {
    ...{ name: "larger", ...PREDICTS, scale },
    async restore(given, _, { emit }) {
      calls++;
      for (const done of [1, 4]) await emit({ type: "progress", progress: { done, total: 4, stage: "predicting" } });
      const restored = enlargedPlanes(given, scale);
      return { restored, samples: [restored], evaluations: 0 };
    },
    release: async () => void released++,
  };
  return { restorer: restorerFrom(engine), calls: () => calls, released: () => released };
}

test("enlarges every sample of the first; settings go to the first without the scale; progress rises from 0 to 1", async () => {
  const [one, two] = [first(), enlarger()];
  const both = thenEnlarged(one.restorer, two.restorer);
  expect(both).toMatchObject({ name: "first+larger", scale: 2, diffuses: true });
  const progress: RestoreProgress[] = [];
  const { samples, evaluations } = await both.restore(photo, {
    ...{ samples: 2, seed: 5, scale: 2 },
    onProgress: (event) => progress.push(event),
  });
  expect(evaluations).toBe(4);
  expect(one.calls).toMatchObject([{ samples: 2, seed: 5 }]);
  expect(one.calls[0]).not.toHaveProperty("scale");
  expect(samples.map(({ data }) => data)).toEqual(
    [0.1, 0.2].map((value) => enlargedPlanes(added(photo, value), 2).data),
  );
  const shares = progress.map(({ done, total }) => done / total);
  expect(shares).toEqual([0.25, 0.5, 0.5 + 1 / 16, 0.75, 0.75 + 1 / 16, 1]);
  expect(new Set(progress.map(({ stage }) => stage))).toEqual(new Set(["predicting", "enlarging"]));
});

test("steps show the first model's estimates at the size of the result", async () => {
  const steps: RestorationStep[] = [];
  await thenEnlarged(first().restorer, enlarger(3).restorer).restore(photo, { onStep: (step) => steps.push(step) });
  expect(steps).toHaveLength(1);
  expect(steps[0]!.estimate).toEqual(enlargedPlanes(added(photo, 0.05), 3));
});

test("a photo that is sharp already is only enlarged, unless its restoration is asked for", async () => {
  const one = first();
  const both = thenEnlarged(one.restorer, enlarger().restorer);
  expect(same((await both.restore(sharp)).restored, enlargedPlanes(sharp, 2))).toBe(true);
  expect(one.calls).toHaveLength(0);
  await both.restore(sharp, { restoreSharp: true });
  expect(one.calls).toHaveLength(1);
});

test("another scale and a result that is too large are refused before any work, and so is a pair that does not fit", async () => {
  const one = first();
  const both = thenEnlarged(one.restorer, enlarger(4).restorer);
  await expect(both.restore(photo, { scale: 2 })).rejects.toThrow(/"first\+larger" enlarges by 4/);
  const wide: Planes = { width: 4000, height: 4000, channels: 0, data: new Float32Array(0) };
  await expect(both.restore(wide)).rejects.toThrow(/16000 x 16000 pixels/);
  expect(one.calls).toHaveLength(0);
  expect(() => thenEnlarged(one.restorer, first().restorer)).toThrow(/a plus sign and a model that enlarges/);
  expect(() => thenEnlarged(enlarger().restorer, enlarger().restorer)).toThrow(/keeps the photo's size/);
});

test("cancelling ends the first model's work and never begins the second's; releasing releases both", async () => {
  const [one, two] = [first(), enlarger()];
  const both = thenEnlarged(one.restorer, two.restorer);
  const stop = new AbortController();
  const running = both.restore(photo, { signal: stop.signal, onProgress: () => stop.abort(new Error("enough")) });
  await expect(running).rejects.toThrow("enough");
  expect(two.calls()).toBe(0);
  await both.release();
  expect([one.released(), two.released()]).toEqual([1, 1]);
});
