/** @file The protocol with restorers whose scores follow from their definition. */
import { describe, expect, test } from "vitest";
import { naivePsnr, naiveSsim } from "../../test/oracle/similarity.js";
import { Rng } from "../base/random.js";
import { cropRaster } from "../images/crop.js";
import type { Planes, Raster } from "../images/image.js";
import { planesFromRaster } from "../images/pixels.js";
import type { Levels } from "./metrics/levels.js";
import { type EvaluatedPicture, type EvaluateOptions, evaluate, type Pair, type Restore } from "./protocol.js";
import { setScores } from "./set-scores.js";

function picture(seed: number, width = 40, height = 32): Raster {
  const rng = Rng.fromSeed(seed);
  const data = Uint8Array.from({ length: 3 * width * height }, (_, i) => 20 + rng.integer(200, i));
  return { width, height, channels: 3, data };
}
/** Each pixel becomes the mean of itself and the next value of its channel. */
const smeared = (raster: Raster): Raster => ({
  ...raster,
  data: Uint8Array.from(raster.data, (value, i) => (value + (raster.data[i + 3] ?? value)) / 2),
});
const PAIRS: readonly Pair[] = [1, 2, 3].map((seed) => {
  const sharp = picture(seed);
  return { name: `scene/${seed}`, blurry: smeared(sharp), sharp };
});
const shifted = (planes: Planes, levels: number): Planes => ({
  ...planes,
  data: planes.data.map((value) => value + (2 * levels) / 255),
});
const identity: Restore = async (blurry) => [blurry];

async function all(restore: Restore, options: EvaluateOptions = {}, pairs = PAIRS): Promise<EvaluatedPicture[]> {
  const out: EvaluatedPicture[] = [];
  for await (const evaluated of evaluate(pairs, restore, { metrics: ["psnr", "ssim"], ...options }))
    out.push(evaluated);
  return out;
}

describe("numbers", () => {
  test("doing nothing scores as the input does, and both as the definitions say", async () => {
    for (const [i, { scores }] of (await all(identity)).entries()) {
      const { blurry, sharp } = PAIRS[i]!;
      expect(scores.restored).toEqual(scores.input);
      expect(scores.input.psnr).toBeCloseTo(naivePsnr(blurry, sharp), 10);
      expect(scores.input.ssim).toBeCloseTo(naiveSsim(blurry, sharp), 12);
    }
  });
  test("samples 5 levels above and below the truth: each has 20 log10(255 / 5) dB, their mean picture is the truth", async () => {
    const truth = planesFromRaster(PAIRS[0]!.sharp);
    const [{ scores, samples, mean, truth: shown }] = (await all(
      async () => [shifted(truth, 5), shifted(truth, -5)],
      {},
      PAIRS.slice(0, 1),
    )) as [EvaluatedPicture];
    const expected = 20 * Math.log10(255 / 5);
    expect(scores.samples.map(({ psnr }) => psnr)).toEqual([expect.closeTo(expected, 9), expect.closeTo(expected, 9)]);
    expect(scores.restored.psnr).toBeCloseTo(expected, 9);
    expect(scores.meanOfSamples?.psnr).toBe(Number.POSITIVE_INFINITY);
    expect(mean?.data).toEqual(shown.data);
    expect(samples.map(({ data }) => data[0]! - shown.data[0]!)).toEqual([5, -5]);
  });
  test("is measured as it would be saved: less than half a level is no error, and white is the limit", async () => {
    const white: Raster = { width: 12, height: 12, channels: 3, data: new Uint8Array(432).fill(255) };
    const off = async (blurry: Planes) => [shifted(blurry, 0.4)];
    for (const pair of [PAIRS[0]!, { name: "white", blurry: white, sharp: white }])
      expect((await all(off, {}, [{ ...pair, blurry: pair.sharp }]))[0]?.scores.restored.psnr).toBe(
        Number.POSITIVE_INFINITY,
      );
  });
  test("a metric that needs a larger picture has no value", async () => {
    const [{ scores }] = (await all(identity, { metrics: ["psnr", "ms-ssim", "niqe"] })) as [EvaluatedPicture];
    expect(scores.input).toEqual({ psnr: expect.any(Number), "ms-ssim": null, niqe: null });
  });
});

describe("measures by networks", () => {
  /** The share of pixels that differ, and the mean of each channel. */
  const perception = {
    distance: async (_: string, a: Levels, b: Levels) =>
      a.data.reduce((count, value, i) => count + (value === b.data[i] ? 0 : 1), 0) / a.data.length,
    features: async ({ data }: Levels) =>
      Float32Array.from([0, 1, 2], (c) => {
        const channel = data.subarray((c * data.length) / 3, ((c + 1) * data.length) / 3);
        return channel.reduce((sum, value) => sum + value, 0) / channel.length;
      }),
  };
  test("are asked for pictures as they are saved", async () => {
    const truth = async () => [planesFromRaster(PAIRS[0]!.sharp)];
    const options = { metrics: ["lpips-alex"], perception, features: true } as const;
    const [{ scores, features }] = (await all(truth, options, PAIRS.slice(0, 1))) as [EvaluatedPicture];
    expect(scores.input["lpips-alex"]).toBeGreaterThan(0.5);
    expect(scores.restored["lpips-alex"]).toBe(0);
    expect(features!.restored).toEqual(features!.truth);
    expect(features!.input).not.toEqual(features!.truth);
  });
  test("of the whole set: equal sets have no distance; one picture is no set", async () => {
    const sharp = new Map(PAIRS.map((pair) => [planesFromRaster(pair.blurry).data.join(), pair.sharp]));
    const perfect: Restore = async (blurry) => [planesFromRaster(sharp.get(blurry.data.join())!)];
    const features = (await all(perfect, { metrics: [], perception, features: true })).map((one) => one.features!);
    const { fid, kid } = setScores(features, ["fid", "kid"]);
    expect(fid).toEqual({ input: expect.any(Number), restored: expect.closeTo(0, 9), pictures: 3 });
    expect(fid!.input).toBeGreaterThan(0);
    expect(kid!.pictures).toBe(3);
    expect(setScores(features.slice(0, 1), ["fid"])).toEqual({ fid: { input: null, restored: null, pictures: 1 } });
  });
  test("without the networks are refused", async () => {
    await expect(all(identity, { metrics: ["lpips-vgg"] })).rejects.toThrow(/needs the networks/);
    await expect(all(identity, { features: true })).rejects.toThrow(/need the networks/);
  });
});

describe("crops", () => {
  const crops = { sidePx: 16, perImage: 4, seed: 7 };
  const places = (evaluated: readonly EvaluatedPicture[]) =>
    evaluated.map(({ scores }) => [scores.name, scores.crop?.left, scores.crop?.top]);

  test("are the same for every model, seed of restorations and company of other pictures", async () => {
    const expected = places(await all(identity, { crops }));
    expect(new Set(expected.map(String)).size).toBeGreaterThan(8);
    expect(places(await all(async (y) => [shifted(y, 3)], { crops, seed: 99 }))).toEqual(expected);
    expect(places(await all(identity, { crops }, PAIRS.slice(1)))).toEqual(expected.slice(4));
    expect(places(await all(identity, { crops: { ...crops, seed: 8 } }))).not.toEqual(expected);
  });
  test("cut the same place out of both pictures", async () => {
    for (const { scores, input, truth } of await all(identity, { crops })) {
      const { blurry, sharp } = PAIRS.find(({ name }) => name === scores.name)!;
      expect([input.data, truth.data]).toEqual([
        cropRaster(blurry, scores.crop!).data,
        cropRaster(sharp, scores.crop!).data,
      ]);
      expect(scores.input.psnr).toBeCloseTo(naivePsnr(input, truth), 10);
    }
  });
  test("reach every edge, and never beyond", async () => {
    const found = await all(identity, { metrics: [], crops: { ...crops, perImage: 300 } }, PAIRS.slice(0, 1));
    const range = (side: "left" | "top") => {
      const values = found.map(({ scores }) => scores.crop![side]);
      return [Math.min(...values), Math.max(...values)];
    };
    expect([range("left"), range("top")]).toEqual([
      [0, 24],
      [0, 16],
    ]);
  });
  test("that do not fit are an error, or are told and passed over", async () => {
    const pairs = [...PAIRS, { name: "tiny", blurry: picture(9, 15, 20), sharp: picture(9, 15, 20) }];
    await expect(all(identity, { crops }, pairs)).rejects.toMatchObject({
      code: "data",
      message: expect.stringMatching(/^tiny: expected at least 16x16 pixels.*got 15x20/),
    });
    const problems: string[] = [];
    const found = await all(identity, { crops, onProblem: (problem) => problems.push(problem) }, pairs);
    expect([found.length, problems.length]).toEqual([12, 1]);
  });
});

describe("seeds", () => {
  const seedsOf = async (seed: number, pairs = PAIRS, crops?: EvaluateOptions["crops"]) => {
    const given: number[] = [];
    const found = await all(
      async (blurry, own) => {
        given.push(own);
        return [blurry];
      },
      { seed, metrics: [], ...(crops ? { crops } : {}) },
      pairs,
    );
    expect(found.map(({ scores }) => scores.seed)).toEqual(given);
    return given;
  };
  test("every picture and crop has its own, whatever others are there", async () => {
    const seeds = await seedsOf(1);
    expect(await seedsOf(1, PAIRS.slice(2))).toEqual(seeds.slice(2));
    const ofCrops = await seedsOf(1, PAIRS, { sidePx: 16, perImage: 3, seed: 0 });
    expect(new Set([...ofCrops, ...(await seedsOf(2))]).size).toBe(12);
  });
});

describe("what stops it", () => {
  test("NaN in a restoration, another size, none at all", async () => {
    await expect(all(async (y) => [{ ...y, data: y.data.with(7, Number.NaN) }])).rejects.toMatchObject({
      code: "numeric",
      message: expect.stringContaining("scene/1: the restoration holds NaN at index 7"),
    });
    await expect(all(async () => [planesFromRaster(picture(1, 32, 40))])).rejects.toMatchObject({ code: "shape" });
    await expect(all(async () => [])).rejects.toThrow(/expected a restoration, got none/);
  });
  test("a signal, before the next picture", async () => {
    const stop = new AbortController();
    let restored = 0;
    const restore: Restore = async (blurry) => {
      if (++restored === 2) stop.abort();
      return [blurry];
    };
    await expect(all(restore, { signal: stop.signal })).rejects.toMatchObject({ code: "cancelled" });
    expect(restored).toBe(2);
  });
});
