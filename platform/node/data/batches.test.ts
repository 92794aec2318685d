/** @file Batches from real folders: equal bytes wherever they are made, bad files, the cache. */
import { mkdtempSync, readdirSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Rng } from "../../../src/base/random.js";
import { averageFrames } from "../../../src/blur/average-frames.js";
import { type DataConfig, dataSchema } from "../../../src/data/config.js";
import { drawPatch, type PatchReader } from "../../../src/data/draw-patch.js";
import { cropRaster } from "../../../src/images/crop.js";
import type { Raster } from "../../../src/images/image.js";
import { planesFromRaster, signedFromUnit } from "../../../src/images/pixels.js";
import { indexOf, labelled, saveBelow } from "../../../test/labelled-pictures.js";
import { readRgb } from "../photos/image-file.js";
import { type BatchesOptions, openBatches } from "./batches.js";
import { loadPlan } from "./load-plan.js";
import { jpegRoundTrip, PixelCache } from "./pixel-cache.js";

const folder = mkdtempSync(join(tmpdir(), "unblur-data-"));
const cacheFolder = join(folder, "cache");
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const save = (path: string, raster: Raster) => saveBelow(folder, path, raster);

beforeAll(async () => {
  for (let i = 1; i <= 3; i++) {
    await save(`good/S/blur/${i}.png`, labelled(i, 60, 50));
    await save(`good/S/sharp/${i}.png`, labelled(100 + i, 60, 50));
  }
  await save("bad/S/blur/1.png", labelled(1, 60, 50));
  await save("bad/S/sharp/1.png", labelled(101, 60, 50));
  await save("bad/S/blur/2.png", labelled(2, 60, 20)); // smaller than its partner
  await save("bad/S/sharp/2.png", labelled(102, 60, 50));
  await save("bad/S/sharp/3.png", labelled(103, 60, 50));
  writeFileSync(join(folder, "bad/S/blur/3.png"), "not a picture");
  for (let i = 0; i < 6; i++) await save(`film/T/${i}.png`, labelled(40 * i, 60, 50));
});

const gopro = (path: string, change: Partial<DataConfig> = {}): DataConfig =>
  dataSchema.parse({ patchPx: 16, sources: [{ layout: "gopro", path, blurKind: "blur" }], ...change });
const open = async (data: DataConfig, change: Partial<BatchesOptions> = {}) =>
  openBatches({ plan: (await loadPlan(data, folder, 4)).plan, seed: 7, workers: 0, cacheFolder, ...change });

describe("patches", () => {
  test("blurry and sharp patches have the same position and rotation", async () => {
    await using batches = await open(gopro("good"));
    for (let step = 0; step < 5; step++) {
      const { y, x0 } = await batches.batch(step);
      for (let i = 0; i < 4; i++) {
        expect(indexOf(x0, i)).toBe(indexOf(y, i) + 100);
        const at = i * 3 * 256;
        expect(x0.slice(at + 256, at + 768)).toEqual(y.slice(at + 256, at + 768)); // rows and columns
      }
    }
  });

  test("positions and rotations vary, and every item is drawn", async () => {
    await using batches = await open(gopro("good"));
    const seen = new Set<number>();
    const corners = new Set<string>();
    for (let step = 0; step < 10; step++) {
      const { y } = await batches.batch(step);
      for (let i = 0; i < 4; i++) {
        seen.add(indexOf(y, i));
        corners.add(y.slice(i * 768 + 256, i * 768 + 258).join());
      }
    }
    expect([...seen].sort()).toEqual([1, 2, 3]);
    expect(corners.size).toBeGreaterThan(20);
  });

  test("frames: the average of consecutive ones, the middle one sharp", async () => {
    const data = dataSchema.parse({
      patchPx: 16,
      augment: false,
      sources: [{ layout: "frames", path: "film", frames: [3, 3], light: "gamma2.2" }],
    });
    const { plan } = await loadPlan(data, folder, 1);
    const cache = new PixelCache(cacheFolder);
    const { y, x0 } = await drawPatch(
      cache,
      plan.sources[0]!.items[0]!,
      plan.sources[0]!.config,
      data,
      Rng.fromSeed(3),
    );
    const middle = indexOf(x0.data, 0) / 40;
    const frame = (k: number) =>
      planesFromRaster({ width: 1, height: 1, channels: 3, data: Uint8Array.of(40 * k, 0, 0) }, "unit");
    const expected = signedFromUnit(averageFrames([frame(middle - 1), frame(middle), frame(middle + 1)], "gamma2.2"));
    expect(Math.abs(y.data[0]! - expected.data[0]!)).toBeLessThan(1e-6);
    await cache.close();
  });

  test("the offset of a filmed pair is along the motion and within the limit; an unblurred photo has none", async () => {
    // Blurring does not change a ramp, so a pixel's row and column show the offset of the sharp patch.
    const reader: PatchReader = {
      size: async () => ({ width: 60, height: 50 }),
      read: async (_, rect) => cropRaster(labelled(0, 60, 50), rect),
      asJpeg: async (picture) => picture,
    };
    const offsets = async (kernel: object) => {
      const data = dataSchema.parse({
        patchPx: 8,
        augment: false,
        sources: [
          { layout: "photos", path: "x", misalignPx: 2, blur: { kernels: [kernel], light: [{ curve: "encoded" }] } },
        ],
      });
      const seen: [number, number][] = [];
      for (let i = 0; i < 60; i++) {
        const { y, x0 } = await drawPatch(
          reader,
          { kind: "photo", name: "", sharp: "" },
          data.sources[0]!,
          data,
          Rng.fromSeed(i),
        );
        const off = (channel: number) =>
          Math.round(((x0.data[64 * channel + 27]! - y.data[64 * channel + 27]!) / 2) * 255 * 10) / 10;
        seen.push([off(2), off(1)]);
      }
      return seen;
    };
    expect(new Set((await offsets({ kind: "none" })).flat().map(Math.abs))).toEqual(new Set([0]));
    const blurred = (await offsets({ kind: "linear", lengthPx: [9, 9] })).flat();
    expect(Math.max(...blurred.map(Math.abs))).toBeGreaterThan(1.8);
    expect(Math.max(...blurred.map(Math.abs))).toBeLessThan(2.2);
    expect(Math.abs(blurred.reduce((sum, value) => sum + value, 0) / blurred.length)).toBeLessThan(0.4);
  });

  test("JPEG: the blurry patch alone, with the configured probability and quality", async () => {
    const film = await readRgb("examples/friends-blurry.jpg");
    const asked: number[] = [];
    const reader: PatchReader = {
      size: async () => film,
      read: async (_, rect) => cropRaster(film, rect),
      asJpeg: (picture, quality) => {
        asked.push(quality);
        return jpegRoundTrip(picture, quality);
      },
    };
    const psnrOf = async (quality: number) => {
      const data = dataSchema.parse({
        patchPx: 64,
        augment: false,
        sources: [{ layout: "pairs", path: "x" }],
        jpeg: { probability: 0.5, quality: [quality, quality + 5] },
      });
      const errors: number[] = [];
      for (let i = 0; i < 40; i++) {
        const item = { kind: "pair", name: "", blurry: "", sharp: "" } as const;
        const { y, x0 } = await drawPatch(reader, item, data.sources[0]!, data, Rng.fromSeed(i));
        errors.push(y.data.reduce((sum, value, k) => sum + (value - x0.data[k]!) ** 2, 0) / y.data.length);
      }
      const changed = errors.filter((error) => error > 0);
      expect(changed.length).toBeGreaterThan(10);
      expect(changed.length).toBeLessThan(30);
      return 10 * Math.log10((4 * changed.length) / changed.reduce((sum, error) => sum + error));
    };
    const [bad, good] = [await psnrOf(20), await psnrOf(90)];
    expect(bad).toBeGreaterThan(25);
    expect(good).toBeGreaterThan(bad + 3);
    expect(new Set(asked).size).toBeGreaterThan(6);
    expect(asked.every((quality) => (quality >= 20 && quality <= 25) || (quality >= 90 && quality <= 95))).toBe(true);
  });

  test("grey pairs: both pictures, the mean of the channels, with the configured probability", async () => {
    const film = await readRgb("examples/friends-blurry.jpg");
    const reader: PatchReader = {
      size: async () => film,
      read: async (_, rect) => cropRaster(film, rect),
      asJpeg: async (picture) => picture,
    };
    const draw = (grey: number, seed: number) => {
      const data = dataSchema.parse({
        ...{ patchPx: 32, augment: false, grey },
        sources: [{ layout: "pairs", path: "x" }],
      });
      const item = { kind: "pair", name: "", blurry: "", sharp: "" } as const;
      return drawPatch(reader, item, data.sources[0]!, data, Rng.fromSeed(seed));
    };
    const area = 32 * 32;
    let count = 0;
    for (let seed = 0; seed < 40; seed++) {
      const [coloured, drawn] = [await draw(0, seed), await draw(0.5, seed)];
      if (drawn.y.data.every((value, i) => value === coloured.y.data[i])) continue;
      count++;
      for (const part of ["y", "x0"] as const)
        for (let i = 0; i < area; i += 97) {
          const channels = [0, 1, 2].map((channel) => coloured[part].data[channel * area + i]!);
          const mean = channels.reduce((sum, value) => sum + value, 0) / 3;
          for (const channel of [0, 1, 2]) expect(drawn[part].data[channel * area + i]).toBeCloseTo(mean, 6);
        }
    }
    expect(count).toBeGreaterThan(10);
    expect(count).toBeLessThan(30);
  });

  test.each([2, 3])(
    "photos smaller by %i are enlarged to the size of the sharp patch, where they were",
    async (scale) => {
      // The mean of a square of a ramp is the ramp in its middle, and bicubic interpolation reproduces a ramp.
      const reader: PatchReader = {
        size: async () => ({ width: 60, height: 50 }),
        read: async (_, rect) => cropRaster(labelled(0, 60, 50), rect),
        asJpeg: async (picture) => picture,
      };
      const blur = { kernels: [{ kind: "none" }], light: [{ curve: "encoded" }], downsample: scale };
      const data = dataSchema.parse({ patchPx: 12, augment: true, sources: [{ layout: "photos", path: "x", blur }] });
      for (let seed = 0; seed < 10; seed++) {
        const item = { kind: "photo", name: "", sharp: "" } as const;
        const { y, x0 } = await drawPatch(reader, item, data.sources[0]!, data, Rng.fromSeed(seed));
        expect([y.width, y.height]).toEqual([12, 12]);
        expect(Math.max(...y.data.map((value, i) => Math.abs(value - x0.data[i]!)))).toBeLessThan(1e-5);
      }
    },
  );

  test("a size of patches that is no multiple, and scales that no photo is enlarged by, are refused", () => {
    const withScale = (patchPx: number, downsample: number, more = {}) =>
      dataSchema.safeParse({
        ...{ patchPx, ...more },
        sources: [{ layout: "photos", path: "x", blur: { kernels: [{ kind: "none" }], downsample } }],
      }).error?.issues[0]?.message;
    expect(withScale(12, 2)).toBeUndefined();
    expect(withScale(13, 2)).toBe("patchPx must be a multiple of 2, not 13");
    expect(withScale(10, 5)).toBe("photos can be enlarged by 2, 3, 4, 8, not by 5");
    expect(withScale(64, 2, { deconvolved: { scenes: 3 } })).toContain("leave out data.deconvolved");
  });

  test("of several positions, the one with most texture is used", async () => {
    const flatButOne: PatchReader = {
      size: async () => ({ width: 100, height: 100 }),
      read: async (_, { left, top, width, height }) => ({
        width,
        height,
        channels: 3,
        data: Uint8Array.from({ length: width * height * 3 }, (_, i) =>
          left + (Math.floor(i / 3) % width) > 70 && top >= 0 ? (i * 97) % 256 : 9,
        ),
      }),
      asJpeg: async (picture) => picture,
    };
    const config = gopro("good").sources[0]!;
    const textured = async (candidates: number) => {
      let count = 0;
      for (let i = 0; i < 50; i++) {
        const { x0 } = await drawPatch(
          flatButOne,
          { kind: "pair", name: "", blurry: "", sharp: "" },
          config,
          { patchPx: 16, augment: false, candidates, grey: 0 },
          Rng.fromSeed(i),
        );
        if (new Set(x0.data).size > 1) count++;
      }
      return count;
    };
    expect(await textured(8)).toBeGreaterThan(await textured(1));
  });
});

describe("the same bytes", () => {
  test.each([1, 2])("in %i threads as in this one, in any order of requests", async (workers) => {
    await using here = await open(gopro("good"));
    await using there = await open(gopro("good"), { workers });
    for (const step of [0, 1, 2, 7]) expect(await there.batch(step)).toEqual(await here.batch(step));
  });

  test("another seed draws other batches", async () => {
    await using a = await open(gopro("good"));
    await using b = await open(gopro("good"), { seed: 8 });
    expect((await a.batch(0)).y).not.toEqual((await b.batch(0)).y);
  });
});

describe("bad files", () => {
  test.each([0, 1])("are skipped and named, %i threads", async (workers) => {
    const told: string[] = [];
    await using batches = await open(gopro("bad"), { workers, onBadFile: (reason) => told.push(reason) });
    for (let step = 0; step < 6; step++) {
      const { y } = await batches.batch(step);
      for (let i = 0; i < 4; i++) expect(indexOf(y, i)).toBe(1); // never 2, not even at a position within both pictures of the pair
    }
    expect(told.some((reason) => /blur\/3\.png/.test(reason))).toBe(true);
    expect(told.some((reason) => /blur\/2\.png: it is 60x20, .*sharp\/2\.png is 60x50/.test(reason))).toBe(true);
    expect(new Set(told).size).toBe(told.length);
  });

  test.each([0, 1])("are refused by name if the config says so, %i threads", async (workers) => {
    await using batches = await open(gopro("bad", { onBadFile: "refuse" }), { workers });
    const all = Promise.all(Array.from({ length: 6 }, (_, step) => batches.batch(step)));
    await expect(all).rejects.toThrow(/blur\/[23]\.png/);
  });

  test("a missing folder is named", async () => {
    await expect(loadPlan(gopro("nowhere"), folder, 4)).rejects.toThrow(/nowhere: expected a folder with photos/);
  });

  test("photos smaller than a patch end the run with a reason instead of endless drawing", async () => {
    await using batches = await open(gopro("good", { patchPx: 512 }));
    await expect(batches.batch(0)).rejects.toThrow(
      /20 files in a row could not be used; the last: \S*png: it is 60x50 px.*need 512x512/s,
    );
  });
});

describe("the cache", () => {
  const path = join(folder, "good/S/sharp/1.png");
  const rect = { left: 5, top: 7, width: 20, height: 30 };

  test("gives the file's own pixels", async () => {
    const cache = new PixelCache(cacheFolder);
    const whole = await readRgb(path);
    expect(await cache.size(path)).toEqual({ width: 60, height: 50 });
    const part = await cache.read(path, rect);
    for (let y = 0; y < 30; y++) {
      const from = ((7 + y) * 60 + 5) * 3;
      expect(part.data.slice(y * 60, (y + 1) * 60)).toEqual(whole.data.slice(from, from + 60));
    }
    await cache.close();
  });

  test("damaged entries are decoded again, changed files are read again", async () => {
    const own = join(folder, "own-cache");
    const read = async () => {
      const cache = new PixelCache(own);
      const { data } = await cache.read(path, rect);
      await cache.close();
      return data;
    };
    const before = await read();
    const [name] = readdirSync(join(own, "pixels"));
    truncateSync(join(own, "pixels", name!), 100);
    expect(await read()).toEqual(before);
    await save("good/S/sharp/1.png", labelled(7, 60, 51));
    expect((await read())[0]).toBe(7);
    await save("good/S/sharp/1.png", labelled(101, 60, 50));
  });
});

test("the layouts of real data sets are detected and read", async () => {
  const data = dataSchema.parse({
    patchPx: 64,
    sources: [{ layout: "gopro", path: "gopro/train", blurKind: "either" }],
  });
  const { plan, problems } = await loadPlan(data, "../shared/data", 2);
  expect(problems).toEqual([]);
  expect(plan.sources[0]!.items).toHaveLength(47);
  await using batches = openBatches({ plan, seed: 1, workers: 0, cacheFolder });
  const { y, x0 } = await batches.batch(0);
  const difference = y.reduce((sum, value, i) => sum + Math.abs(value - x0[i]!), 0) / y.length;
  expect(difference).toBeGreaterThan(0.001);
  expect(difference).toBeLessThan(0.2); // the same scene, only blurred
});
