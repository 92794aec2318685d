import { expect, test } from "vitest";
import { createRuntime } from "../../platform/node/threads/runtime.js";
import { aliveWeights } from "../../test/oracle/alive-weights.js";
import { expectClose } from "../../test/oracle/close.js";
import { Rng } from "../base/random.js";
import { conditionalUnet, conditionalUnetSchema } from "../networks/conditional-unet.js";
import {
  type AttentionPlace,
  attentionPlaces,
  attentionRow,
  meanKeys,
  readTaps,
  tapShapes,
  tapsOf,
  weightsPicture,
} from "./attention-maps.js";

const rng = Rng.fromSeed(2);
const picture = { width: 13, height: 10, channels: 6, data: rng.normals(6 * 13 * 10) };
const network = (attention: "linear" | "softmax") =>
  conditionalUnet(
    conditionalUnetSchema.parse({
      architecture: "conditional-unet",
      width: 8,
      multipliers: [1, 2],
      groups: 4,
      blocksPerLevel: 1,
      dropout: 0,
      attention,
    }),
  );

test.each(["linear", "softmax"] as const)(
  "the last attention at each resolution, and the weights of a position: %s",
  async (attention) => {
    const net = network(attention);
    const places = attentionPlaces(tapShapes(net, picture));
    expect(places).toEqual([
      { name: "ups.4.attn", kind: attention, width: 14, height: 10 },
      { name: "ups.1.attn", kind: attention, width: 7, height: 5 },
    ]);
    const place = places[1]!;
    const names = tapsOf(place);
    const weights = aliveWeights(net.parameters, { initial: rng.fork("w"), instead: rng.fork("b"), scale: 0.1 });
    const taps = await readTaps(net, weights, createRuntime({ threads: 1 }), { image: picture, level: 0.5 }, (name) =>
      Object.values(names).includes(name),
    );
    expect([...taps.keys()].sort()).toEqual(Object.values(names).sort());
    const row = attentionRow(place, taps, { x: 3, y: 2 });
    const [queries, keys] = [taps.get(names.queries)!.data, taps.get(names.keys)!.data];
    const dots = Array.from({ length: 35 }, (_, m) =>
      Array.from({ length: 16 }, (_, d) => queries[d * 35 + 2 * 7 + 3]! * keys[d * 35 + m]!).reduce((a, b) => a + b),
    );
    const total = dots.reduce((sum, value) => sum + Math.exp(value), 0);
    const expected = attention === "linear" ? dots : dots.map((value) => Math.exp(value) / total);
    expectClose(row, expected, { rtol: 1e-9, atol: 1e-12 });
    if (attention === "linear") expect(meanKeys(place, taps).reduce((a, b) => a + b)).toBeCloseTo(1, 5);
  },
);

test("a missing tap is named", () => {
  const place: AttentionPlace = { name: "mid.0.attn", kind: "linear", width: 2, height: 2 };
  expect(() => attentionRow(place, new Map(), { x: 0, y: 0 })).toThrow(/mid\.0\.attn\.queries/);
});

test("weights as colours: the strongest in full, orange above zero and blue below", () => {
  const { data } = weightsPicture(Float64Array.of(0, 4, -1), 3, 1);
  expect([...data]).toEqual([0, 0, 0, 255, 150, 30, 30, 75, 127]);
  expect([...weightsPicture(Float64Array.of(1, 1, 1, 1), 2, 2, { x: 1, y: 0 }).data.subarray(3, 9)]).toEqual([
    ...[255, 255, 255],
    ...[255, 150, 30],
  ]);
});
