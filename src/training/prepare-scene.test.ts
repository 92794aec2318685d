/** @file Prepared scenes and the patches drawn from them; pictures are kept in memory. */
import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { readRgb } from "../../platform/node/photos/image-file.js";
import { Rng } from "../base/random.js";
import { convolve } from "../blur/convolve.js";
import { gaussianKernel } from "../blur/simple-kernels.js";
import { type DataConfig, dataSchema } from "../data/config.js";
import { type BatchPlan, dataRng, drawBatch, drawScene, sceneRng } from "../data/draw-batch.js";
import type { PatchReader } from "../data/draw-patch.js";
import { drawFromScenes, type PreparedScenes, sceneFile } from "../data/scenes.js";
import { deconvolve } from "../deconvolution/deconvolve.js";
import { deconvolveBlind } from "../deconvolution/hypotheses/deconvolve-blind.js";
import { crop, cropRaster, type Rect } from "../images/crop.js";
import type { Planes, Raster } from "../images/image.js";
import { planesFromRaster, rasterFromPlanes } from "../images/pixels.js";
import { yieldToDeconvolution } from "../restoration/yield-to-deconvolution.js";
import { inputParts, prepareScene, type SceneMotion, type ScenePart } from "./prepare-scene.js";

const SIDE = 64;
const picture = (seed: number): Planes =>
  convolve(
    {
      ...{ width: SIDE, height: SIDE, channels: 3 },
      data: Rng.fromSeed(seed)
        .uniforms(3 * SIDE * SIDE)
        .map((v) => 2 * v - 1),
    },
    gaussianKernel(7, 1.5),
  );

/** Pictures by "part/file"; `photo` is what every other path names. */
function memory(photo: Raster = rasterFromPlanes(picture(0))) {
  const made = new Map<string, Raster>();
  const reader: PatchReader = {
    size: async () => photo,
    read: async (path, rect) => cropRaster(made.get(path) ?? photo, rect),
    asJpeg: async (raster) => raster,
  };
  const storeOf = (scene: number) => ({
    load: async (part: ScenePart) => made.get(`${part}/${sceneFile(scene)}`) ?? null,
    save: async (part: ScenePart, raster: Raster) => {
      made.set(`${part}/${sceneFile(scene)}`, raster);
    },
  });
  return { made, reader, storeOf };
}

const KINDS = { blurry: "photo", deconvolved: "restored", motion: "restored", residual: "residual" } as const;
function preparedFor(motion: SceneMotion | undefined): PreparedScenes {
  const [first, ...others] = inputParts(motion).map((part) => ({ folder: part, kind: KINDS[part] }));
  return { sharp: "sharp", inputs: [first!, ...others] };
}

const dataOf = (change: object): DataConfig =>
  dataSchema.parse({
    ...{ patchPx: 16, augment: false, sources: [{ layout: "pairs", path: "x" }] },
    deconvolved: { scenes: 2, sidePx: SIDE, plain: 0, ...change },
  });

async function open(change: object = {}, motion?: SceneMotion, { made, reader, storeOf } = memory()) {
  const data = dataOf(change);
  const deconvolved = data.deconvolved!;
  const drawn: number[] = [];
  const prepare = async () => {
    for (let scene = 0; scene < deconvolved.scenes; scene++)
      await prepareScene({
        ...{ store: storeOf(scene), deconvolver: deconvolved.deconvolver, motion },
        async draw() {
          drawn.push(scene);
          return { y: picture(11 + scene), x0: picture(21 + scene) };
        },
      });
  };
  await prepare();
  const patch = (step: number) =>
    drawFromScenes(reader, { ...data, deconvolved }, preparedFor(motion), Rng.fromSeed(100 + step));
  return { made, drawn, prepare, patch };
}

/** Position of the patch [3, 16, 16] in a scene's photo. */
const placesOf = (photo: Raster, patch: Float32Array): Rect[] =>
  Array.from({ length: (SIDE - 15) ** 2 }, (_, i) => ({
    ...{ left: i % (SIDE - 15), top: Math.floor(i / (SIDE - 15)), width: 16, height: 16 },
  })).filter((rect) => crop(planesFromRaster(photo), rect).data.every((value, i) => value === patch[i]));

/** The scene and the place that a patch shows. */
function sceneOf(made: ReadonlyMap<string, Raster>, y: Float32Array): { readonly file: string; readonly rect: Rect } {
  const found = [0, 1].flatMap((scene) => {
    const photo = made.get(`blurry/${sceneFile(scene)}`);
    return photo ? placesOf(photo, y.slice(0, 768)).map((rect) => ({ file: sceneFile(scene), rect })) : [];
  });
  expect(found).toHaveLength(1);
  return found[0]!;
}

const half = (planes: Planes): Planes => ({ ...planes, data: planes.data.map((value) => value / 2) });

test("patches are one place of a scene: the photo, its deconvolution, the sharp picture", async () => {
  const { made, drawn, prepare, patch } = await open();
  expect([...made.keys()].sort()).toEqual(
    ["blurry", "deconvolved", "sharp"].flatMap((part) => [0, 1].map((scene) => `${part}/${sceneFile(scene)}`)),
  );
  expect(made.get("blurry/00001.png")).toEqual(rasterFromPlanes(picture(12)));
  const { y, x0 } = await patch(0);
  expect([y.channels, y.height, y.width]).toEqual([6, 16, 16]);
  const { file, rect } = sceneOf(made, y.data);
  const { deconvolved } = await deconvolve(planesFromRaster(made.get(`blurry/${file}`)!));
  expect(y.data.slice(768)).toEqual(crop(planesFromRaster(rasterFromPlanes(deconvolved)), rect).data);
  expect(x0.data).toEqual(crop(planesFromRaster(made.get(`sharp/${file}`)!), rect).data);
  const before = new Map(made);
  await prepare();
  expect([drawn, made]).toEqual([[0, 1], before]); // what is there is not computed again
});

test("where nothing can be had, the photo stands for its deconvolution", async () => {
  const { y } = await (await open({ plain: 1 })).patch(3);
  expect(y.data.slice(768)).toEqual(y.data.slice(0, 768));
});

test.each([
  { withDeconvolution: false, takesDeconvolution: true },
  { withDeconvolution: true, takesDeconvolution: true },
  { withDeconvolution: true, takesDeconvolution: false },
  { withDeconvolution: false, takesDeconvolution: false },
])("a motion network gets whole scenes, once each: %o", async ({ withDeconvolution, takesDeconvolution }) => {
  const seen: (readonly [Planes, Planes | null])[] = [];
  const motion: SceneMotion = {
    ...{ takesDeconvolution, withDeconvolution, residual: false, yields: false },
    async restore(photo, deconvolved) {
      seen.push([photo, deconvolved]);
      return half(photo);
    },
  };
  const { made, patch } = await open({}, motion);
  for (let step = 0; step < 6; step++) {
    const { y } = await patch(step);
    const { file, rect } = sceneOf(made, y.data);
    const of = (part: ScenePart) => crop(planesFromRaster(made.get(`${part}/${file}`)!), rect).data;
    expect(y.channels).toBe(withDeconvolution ? 9 : 6);
    expect(y.data.slice(768, 1536)).toEqual(of("motion"));
    if (withDeconvolution) expect(y.data.slice(1536)).toEqual(of("deconvolved"));
  }
  expect(made.get("motion/00000.png")).toEqual(rasterFromPlanes(half(planesFromRaster(made.get("blurry/00000.png")!))));
  expect(made.has("deconvolved/00000.png")).toBe(withDeconvolution || takesDeconvolution);
  expect(seen).toHaveLength(2);
  for (const [photo, deconvolved] of seen) {
    expect(deconvolved === null).toBe(!takesDeconvolution);
    if (deconvolved)
      expect(rasterFromPlanes(deconvolved)).toEqual(rasterFromPlanes((await deconvolve(photo)).deconvolved));
  }
});

test("a motion network that yields: the scene's picture is that of a restoration", { timeout: 300_000 }, async () => {
  const motion: SceneMotion = {
    ...{ takesDeconvolution: false, withDeconvolution: true, residual: false, yields: true },
    restore: async (photo) => ({ ...photo, data: photo.data.map((value) => 0.99 * value) }),
  };
  const { made, storeOf } = memory();
  const load = async (kind: string) => planesFromRaster(await readRgb(`../shared/data/levin/${kind}/im1_kernel4.png`));
  const photo = await load("blur");
  const draw = async () => ({ y: photo, x0: await load("sharp") });
  await prepareScene({ store: storeOf(0), deconvolver: "hypotheses", motion, draw });

  const [expected, { candidates }] = [await motion.restore(photo, null), await deconvolveBlind(photo)];
  const { confidence } = candidates[0]!;
  expect(confidence.values[0]).toBe(1);
  const deconvolved = planesFromRaster(made.get("deconvolved/00000.png")!);
  yieldToDeconvolution(expected, { photo, deconvolved, confidence });
  expect(made.get("motion/00000.png")).toEqual(rasterFromPlanes(expected));
  expect(made.get("motion/00000.png")).toEqual(made.get("deconvolved/00000.png"));
});

test("a residual is stored beside what was there before, and is 0 where the photo stands for its deconvolution", {
  timeout: 300_000,
}, async () => {
  const motion = (residual: boolean): SceneMotion => ({
    ...{ takesDeconvolution: false, withDeconvolution: true, residual, yields: false },
    restore: async (photo) => photo,
  });
  const hypotheses = { scenes: 1, deconvolver: "hypotheses" };
  const shared = memory();
  const before = await (await open(hypotheses, motion(false), shared)).patch(0);
  const { candidates } = await deconvolveBlind(planesFromRaster(shared.made.get("blurry/00000.png")!), {
    residual: true,
  });
  expect(shared.made.get("deconvolved/00000.png")).toEqual(rasterFromPlanes(candidates[0]!.deconvolved));
  const without = new Map(shared.made);
  const within = await open(hypotheses, motion(true), shared);
  expect(within.drawn).toEqual([]);
  expect(shared.made).toEqual(new Map([...without, ["residual/00000.png", shared.made.get("residual/00000.png")!]]));
  const { y } = await within.patch(0);
  expect([before.y.channels, y.channels]).toEqual([9, 12]);
  expect(y.data.slice(0, 9 * 256)).toEqual(before.y.data);

  const expected = candidates[0]!.residual!.data.map((value) => Math.min(1, Math.max(-1, 4 * value)));
  expect(expected.some((value) => Math.abs(value) > 0.02)).toBe(true);
  const { rect } = sceneOf(shared.made, y.data);
  const inPatch = crop({ width: SIDE, height: SIDE, channels: 3, data: expected }, rect).data;
  for (const [i, value] of y.data.slice(3 * 768).entries())
    expect(Math.abs(value - inPatch[i]!)).toBeLessThan(0.5 / 127 + 1e-5);

  const { y: same } = await (await open({ ...hypotheses, plain: 1 }, motion(true), shared)).patch(0);
  expect(same.data.slice(2 * 768, 3 * 768)).toEqual(same.data.slice(0, 768));
  expect(same.data.slice(3 * 768)).toEqual(new Float32Array(768));
});

/** Pairs of one picture; the plan's scenes are prepared into `into`. */
async function prepared(
  plan: BatchPlan,
  seed: number,
  motion: SceneMotion | undefined,
  into: ReturnType<typeof memory>,
) {
  const { scenes, deconvolver } = plan.data.deconvolved!;
  for (let scene = 0; scene < scenes; scene++) {
    const draw = () => drawScene(into.reader, plan, scene, sceneRng(plan.data, seed), (reason) => expect.fail(reason));
    await prepareScene({ store: into.storeOf(scene), deconvolver, motion, draw });
  }
  return { ...plan, prepared: preparedFor(motion) };
}

const planOf = (data: DataConfig, batchSize: number): BatchPlan => {
  const items = [{ kind: "pair", name: "one", blurry: "blurry", sharp: "sharp" } as const];
  return { sources: [{ config: data.sources[0]!, items }], data, batchSize };
};

test("scenes are the run's own, or shared by all runs that name their seed", async () => {
  const scenesOf = async (seed: number, scenesSeed: number | null) => {
    const data = dataOf({ seed: scenesSeed, scenes: 1 });
    const noisy = { ...data, sources: [{ ...data.sources[0]!, noiseSigma: [0.1, 0.1] }] } as DataConfig;
    const into = memory();
    const plan = await prepared(planOf(noisy, 8), seed, undefined, into);
    const { y } = await drawBatch(into.reader, plan, 0, dataRng(seed), (reason) => expect.fail(reason));
    return { photo: into.made.get("blurry/00000.png"), y };
  };
  const [first, second] = [await scenesOf(1, null), await scenesOf(2, null)];
  expect(first.photo).not.toEqual(second.photo);
  const [shared, too] = [await scenesOf(1, 9), await scenesOf(2, 9)];
  expect(too.photo).toEqual(shared.photo);
  expect(too.y).not.toEqual(shared.y); // other places of the same scenes
  expect((await scenesOf(9, null)).photo).toEqual(shared.photo);
});

/** Pinned: the patches of a seed stay the same as long as the deconvolver's version does. */
test.each([
  ["single", false, "593ac97b07babb5f"],
  ["single", true, "4ede5b630fd1cfdd"],
  ["hypotheses", true, "dc6800022495490e"],
] as const)("patches of a seed, deconvolver %s, motion %s", { timeout: 300_000 }, async (deconvolver, moves, hash) => {
  const data = dataSchema.parse({
    ...{ patchPx: 16, augment: true, sources: [{ layout: "pairs", path: ".", noiseSigma: [0.01, 0.05] }] },
    deconvolved: { scenes: 2, sidePx: SIDE, plain: 0.3, deconvolver },
  });
  const motion: SceneMotion = {
    ...{ takesDeconvolution: true, withDeconvolution: true, residual: deconvolver === "hypotheses", yields: false },
    restore: async (photo, hint) => ({ ...photo, data: photo.data.map((v, i) => v / 2 + hint!.data[i]! / 4) }),
  };
  const length = 3 * 96 * 96;
  const into = memory({
    ...{ width: 96, height: 96, channels: 3 },
    data: Uint8Array.from({ length }, (_, i) => (i * i) % 251),
  });
  const plan = await prepared(planOf(data, 6), 1, moves ? motion : undefined, into);
  const bytes = createHash("sha256");
  for (let step = 0; step < 2; step++) {
    const { y, x0 } = await drawBatch(into.reader, plan, step, dataRng(1), (reason) => expect.fail(reason));
    bytes.update(new Uint8Array(y.buffer)).update(new Uint8Array(x0.buffer));
  }
  expect(bytes.digest("hex").slice(0, 16)).toBe(hash);
});

test("deconvolved data without prepared scenes are refused", async () => {
  const { reader } = memory();
  await expect(drawBatch(reader, planOf(dataOf({}), 1), 0, dataRng(1), () => {})).rejects.toThrow(/unblur prepare/);
});
