import { expect, test } from "vitest";
import { keptScenes } from "../../test/kept-scenes.js";
import { Rng } from "../base/random.js";
import { convolve } from "../blur/convolve.js";
import { gaussianKernel } from "../blur/simple-kernels.js";
import { deconvolve } from "../deconvolution/deconvolve.js";
import { deconvolveBlind } from "../deconvolution/hypotheses/deconvolve-blind.js";
import { crop, type Rect } from "../images/crop.js";
import type { Planes } from "../images/image.js";
import { planesFromRaster, rasterFromPlanes } from "../images/pixels.js";
import { dataSchema } from "./config.js";
import { drawDeconvolved, type SceneMotion, type Scenes } from "./draw-deconvolved.js";

const SIDE = 64;
const picture = (seed: number): Planes =>
  convolve(
    {
      width: SIDE,
      height: SIDE,
      channels: 3,
      data: Rng.fromSeed(seed)
        .uniforms(3 * SIDE * SIDE)
        .map((v) => 2 * v - 1),
    },
    gaussianKernel(7, 1.5),
  );

function open(change: object = {}, motion?: SceneMotion) {
  const reader = keptScenes(rasterFromPlanes(picture(0)));
  const data = dataSchema.parse({
    ...{ patchPx: 16, augment: false, sources: [{ layout: "pairs", path: "x" }] },
    deconvolved: { scenes: 2, sidePx: SIDE, plain: 0, ...change },
  });
  const drawn: number[] = [];
  const scenes: Scenes = {
    ...{ data, deconvolved: data.deconvolved!, key: "these", scenes: Rng.fromSeed(5), motion },
    async draw(_, { patchPx, augment }) {
      expect([patchPx, augment]).toEqual([SIDE, false]);
      drawn.push(drawn.length);
      return { y: picture(10 + drawn.length), x0: picture(20 + drawn.length) };
    },
  };
  return {
    made: reader.made,
    drawn,
    patch: (step: number) => drawDeconvolved(reader, scenes, Rng.fromSeed(100 + step)),
  };
}

/** Where in a scene's photo the patch [3, 16, 16] lies. */
const placesOf = (photo: Planes, patch: Float32Array): Rect[] =>
  Array.from({ length: (SIDE - 15) ** 2 }, (_, i) => ({
    ...{ left: i % (SIDE - 15), top: Math.floor(i / (SIDE - 15)), width: 16, height: 16 },
  })).filter((rect) => crop(photo, rect).data.every((value, i) => value === patch[i]));

test("patches are one place of a scene: the photo, its deconvolution, the sharp picture", {
  timeout: 60_000,
}, async () => {
  const { made, drawn, patch } = open();
  const { y, x0 } = await patch(0);
  expect([y.channels, y.height, y.width]).toEqual([6, 16, 16]);
  const pair = planesFromRaster([...made.values()][0]!);
  const blurry = crop(pair, { left: 0, top: 0, width: SIDE, height: SIDE });
  expect(rasterFromPlanes(blurry)).toEqual(rasterFromPlanes(picture(11)));
  const { deconvolved } = await deconvolve(blurry);
  const sharper = planesFromRaster(rasterFromPlanes(deconvolved));
  // Somewhere in the scene all three agree with the patch.
  const places = placesOf(blurry, y.data.slice(0, 768));
  expect(places).toHaveLength(1);
  expect(y.data.slice(768)).toEqual(crop(sharper, places[0]!).data);
  expect(x0.data).toEqual(crop(planesFromRaster(rasterFromPlanes(picture(21))), places[0]!).data);
  for (let step = 1; step < 12; step++) await patch(step);
  expect(drawn).toHaveLength(2); // as many as there are scenes, each made once
});

test("where nothing can be had, the photo stands for its deconvolution", { timeout: 60_000 }, async () => {
  const { y } = await open({ plain: 1 }).patch(3);
  expect(y.data.slice(768)).toEqual(y.data.slice(0, 768));
});

test.each([
  { beside: false, sees: true, shown: "stands for the deconvolution" },
  { beside: true, sees: true, shown: "is shown beside the deconvolution" },
  { beside: true, sees: false, shown: "is shown beside the deconvolution, which it does not see" },
])(
  "a motion network sees whole scenes, once each, and its result $shown",
  {
    timeout: 60_000,
  },
  async ({ beside, sees }) => {
    const seen: (readonly [Planes, Planes | null])[] = [];
    const half = (data: Float32Array) => data.map((value) => value / 2);
    const motion: SceneMotion = {
      key: "half",
      seesDeconvolution: sees,
      beside,
      residual: false,
      async restore(photo, deconvolved) {
        seen.push([photo, deconvolved]);
        return { ...photo, data: half(photo.data) };
      },
      async release() {},
    };
    const { made, patch } = open({}, motion);
    for (let step = 0; step < 8; step++) {
      const { y } = await patch(step);
      const bytesOf = (data: Float32Array) => rasterFromPlanes({ width: 16, height: 16, channels: 3, data });
      const third = (i: number) => y.data.slice(i * 768, (i + 1) * 768);
      expect(bytesOf(third(1))).toEqual(bytesOf(half(third(0))));
      expect(y.channels).toBe(beside ? 9 : 6);
      if (!beside) continue;
      const [before] = await Promise.all(
        [...made]
          .filter(([, { height }]) => height === 2 * SIDE)
          .flatMap(([name, pair]) => {
            const blurry = crop(planesFromRaster(pair), { left: 0, top: 0, width: SIDE, height: SIDE });
            const deconvolution = [...made].find(
              ([key]) => key.startsWith(`${name} deconvolution`) && !key.endsWith("half"),
            )!;
            return placesOf(blurry, third(0)).map((rect) => crop(planesFromRaster(deconvolution[1]), rect).data);
          }),
      );
      expect(third(2)).toEqual(before);
    }
    expect(seen).toHaveLength(2);
    expect(made.size).toBe(6); // of each scene the pair, its deconvolution and the network's result: each is made by itself
    for (const [photo, deconvolved] of seen) {
      expect(deconvolved === null).toBe(!sees);
      if (!deconvolved) continue;
      expect([photo!.width, photo!.height]).toEqual([SIDE, SIDE]);
      const { deconvolved: own } = await deconvolve(photo!);
      expect(rasterFromPlanes(deconvolved!)).toEqual(rasterFromPlanes(own));
    }
  },
);

test("scenes are deconvolved as the data say, each way kept by itself", { timeout: 120_000 }, async () => {
  const [single, hypotheses] = [open(), open({ deconvolver: "hypotheses" })];
  await single.patch(0);
  await hypotheses.patch(0);
  const [pair, other] = [single, hypotheses].map(({ made }) => [...made.values()][0]!);
  expect(other).toEqual(pair);
  const { candidates } = await deconvolveBlind(
    crop(planesFromRaster(pair!), { left: 0, top: 0, width: SIDE, height: SIDE }),
  );
  expect([...hypotheses.made.values()][1]).toEqual(rasterFromPlanes(candidates[0]!.deconvolved));
  expect([...hypotheses.made.keys()][1]).not.toBe([...single.made.keys()][1]);
});

test("a residual is kept by itself beside what was made before, and is 0 where the photo stands for its deconvolution", {
  timeout: 300_000,
}, async () => {
  const motion = (residual: boolean): SceneMotion => ({
    ...{ key: "same", seesDeconvolution: false, beside: true, residual },
    restore: async (photo) => photo,
    release: async () => {},
  });
  const hypotheses = { scenes: 1, deconvolver: "hypotheses" };
  const [without, within, plain] = [
    open(hypotheses, motion(false)),
    open(hypotheses, motion(true)),
    open({ ...hypotheses, plain: 1 }, motion(true)),
  ] as const;
  const before = await without.patch(0);
  const { y } = await within.patch(0);
  expect([before.y.channels, y.channels]).toEqual([9, 12]);
  expect(y.data.slice(0, 9 * 256)).toEqual(before.y.data);
  // Nothing that was kept before changes its key or its bytes.
  for (const [key, raster] of without.made) expect(within.made.get(key)).toEqual(raster);
  expect(within.made.size).toBe(without.made.size + 1);

  const [pair] = [...within.made.values()].filter(({ height }) => height === 2 * SIDE);
  const blurry = crop(planesFromRaster(pair!), { left: 0, top: 0, width: SIDE, height: SIDE });
  const { candidates } = await deconvolveBlind(blurry, { residual: true });
  const expected = candidates[0]!.residual!.data.map((value) => Math.min(1, Math.max(-1, 4 * value)));
  expect(expected.some((value) => Math.abs(value) > 0.02)).toBe(true);
  const [place] = placesOf(blurry, y.data.slice(0, 768));
  const inPatch = crop({ ...blurry, data: expected }, place!).data;
  for (const [i, value] of y.data.slice(3 * 768).entries())
    expect(Math.abs(value - inPatch[i]!)).toBeLessThan(0.5 / 127 + 1e-5);

  const { y: same } = await plain.patch(0);
  expect(same.data.slice(2 * 768, 3 * 768)).toEqual(same.data.slice(0, 768));
  expect(same.data.slice(3 * 768)).toEqual(new Float32Array(768));
});
