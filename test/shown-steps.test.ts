/** @file The displayed steps of a restoration end with the restoration itself, to the bit. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readImage } from "../platform/node/photos/image-file.js";
import { createRuntime } from "../platform/node/threads/runtime.js";
import { Rng } from "../src/base/random.js";
import { keepFineDetail } from "../src/diffusion/fine-detail.js";
import type { Raster } from "../src/images/image.js";
import { planesFromRaster } from "../src/images/pixels.js";
import { bandPowers, powerSpectrum } from "../src/insight/spectrum.js";
import { TrajectoryRecorder } from "../src/insight/trajectory.js";
import { createNetwork } from "../src/networks/catalog.js";
import { modelConfigSchema } from "../src/restoration/model-config.js";
import { restorePhoto } from "../src/restoration/restore-photo.js";
import { createRestorer, type RestorationStep } from "../src/restoration/restorer.js";
import { type SamplerKind, samplers } from "../src/samplers/catalog.js";
import { commandLine } from "./command-line.js";
import { aliveWeights } from "./oracle/alive-weights.js";

const EXAMPLE = join(import.meta.dirname, "../examples/friends-blurry.jpg");
const rng = Rng.fromSeed(12);

describe("every sampler", () => {
  const plain = { architecture: "residual-unet", widths: [4], blocks: [1], middleBlocks: 0 };
  const config = modelConfigSchema.parse({
    predictor: { network: { ...plain, inChannels: 3, addInput: true } },
    diffusion: {
      network: { ...plain, inChannels: 9, levelChannels: 4 },
      prediction: "v",
      schedule: { kind: "cosine", T: 100 },
      ...{ scale: 0.3, finePx: 1.5 },
    },
    sampling: { sampler: { kind: "ddim" }, spacing: { kind: "log-snr" }, steps: 3 },
  });
  const alive = (part: "predictor" | "diffusion") => {
    const { parameters } = createNetwork(config[part]!.network);
    return aliveWeights(parameters, { initial: rng.fork(part), instead: rng.fork(part, 1), scale: 0.05 });
  };
  const model = { name: "fine", config, weights: { predictor: alive("predictor"), diffusion: alive("diffusion") } };
  const restorer = createRestorer(model, createRuntime({ threads: 1 }));
  afterAll(() => restorer.release());

  const [width, height] = [24, 20];
  const bytes = (count: number, label: string) => Uint8Array.from(rng.fork(label).uniforms(count), (u) => 256 * u);
  const raster: Raster = { width, height, channels: 4, data: bytes(4 * width * height, "photo") };
  const mask = { width, height, data: rng.fork("mask").uniforms(width * height) };

  test.each(Object.keys(samplers) as SamplerKind[])("%s: the last estimate is the result", async (kind) => {
    const seen: Raster[] = [];
    const counted: number[] = [];
    const photo = { raster, format: "png", metadata: {} } as const;
    const [result] = await restorePhoto(restorer, photo, {
      ...{ sampler: { kind }, seed: 4, mask },
      ...(kind === "predictor-corrector" ? {} : { realism: 0.4 }),
      onStep: ({ picture, index }) => {
        seen.push(picture);
        counted.push(index);
      },
    });
    expect(seen.length).toBeGreaterThan(1);
    expect(seen.at(-1)).toEqual(result!.raster);
    expect(seen[0]).not.toEqual(result!.raster);
    expect(counted).toEqual(seen.map((_, i) => i));
  });

  test("what is compared is what diffuses: fine detail, of the truth as of the estimate", async () => {
    const bright = planesFromRaster(raster);
    const photo = { ...bright, data: bright.data.map((value) => value / 2) };
    const { restored } = await restorer.restore(photo, { steps: 3, seed: 4 });
    const prediction = (await restorer.restore(photo, { steps: 0 })).restored.data;
    const sharp = planesFromRaster({ ...raster, data: bytes(4 * width * height, "sharp") });
    const [against, itself] = [
      { photo, sharp },
      { photo, sharp: restored },
    ].map((options) => new TrajectoryRecorder(options));
    let drawn = photo.data;
    const onStep = (step: RestorationStep) => {
      drawn = step.denoised.slice();
      against!.observe(step);
      itself!.observe(step);
    };
    await restorer.restore(photo, { steps: 3, seed: 4, onStep });
    const powerOfDetail = (data: Float32Array) => {
      keepFineDetail({ ...photo, data }, 1.5);
      return bandPowers(powerSpectrum({ ...photo, data }));
    };
    const trajectory = against!.finish();
    expect(trajectory.steps.at(-1)!.estimateBands).toEqual(powerOfDetail(drawn));
    // The prediction of this model stays within black and white, so it is what the residual is of.
    expect(Math.max(...prediction.map(Math.abs))).toBeLessThan(1);
    const residual = sharp.data.map((value, i) => (value - prediction[i]!) / 0.3);
    // Sums in another order: rounding of floats.
    const rounded = (bands: readonly number[]) => bands.map((power) => Number(power.toPrecision(5)));
    expect(rounded(trajectory.imageBands!)).toEqual(rounded(powerOfDetail(residual)));
    expect(itself!.finish().steps.at(-1)!.psnr).toBe(Number.POSITIVE_INFINITY);
  });

  test("evaluations are those of the diffusion network, whatever is told of progress", async () => {
    const photo = planesFromRaster(raster);
    const evaluations = async (options: object) => (await restorer.restore(photo, options)).evaluations;
    expect(await evaluations({ steps: 0 })).toBe(0);
    expect(await evaluations({ steps: 3, samples: 2 })).toBe(6);
    expect(await evaluations({ steps: 3, sampler: { kind: "heun" } })).toBe(5);
    let asked = 0;
    const sampler = { kind: "probability-flow" };
    const onProgress = ({ stage }: { stage: string }) => asked++ && stage;
    expect(await evaluations({ sampler, onProgress })).toBeLessThan(asked);
  });
});

describe("the default model, by the command line", () => {
  let folder: string;
  const at = (name: string) => join(folder, name);
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "unblur-shown-"));
    const part = { left: 300, top: 200, width: 96, height: 72 };
    await sharp(EXAMPLE).extract(part).png().toFile(at("blurry.png"));
    const half = Buffer.alloc(96 * 72, 255).fill(0, 0, 48 * 72);
    await sharp(half, { raw: { width: 96, height: 72, channels: 1 } })
      .png()
      .toFile(at("mask.png"));
  });
  afterAll(() => rm(folder, { recursive: true }));

  test.each([
    ["the model's own steps", "explain", []],
    ["steps, realism, a mask, another tone", "other", ["--steps", "2", "--realism", "0.5", "--mask", "--no-keep-tone"]],
  ])("the last estimate of explain is the file of unblur: %s", async (_, out, asked) => {
    const options = asked.flatMap((option) => (option === "--mask" ? [option, at("mask.png")] : [option]));
    const common = ["--seed", "3", "--threads", "1", ...options];
    const explained = await commandLine("explain", at("blurry.png"), "--out", at(out), ...common);
    expect(explained).toMatchObject({ code: 0 });
    // Explaining takes the model's own steps; restoring takes them if something asks for them.
    const steps = options.includes("--steps") ? [] : ["--steps", "4"];
    const file = at(`${out}.png`);
    const restored = await commandLine(at("blurry.png"), "--out", file, "--restore-sharp", ...common, ...steps);
    expect(restored).toMatchObject({ code: 0 });
    const [strip, result] = [await readImage(join(at(out), "explain-steps.png")), await readImage(file)];
    const left = strip.raster.width - 96;
    const estimate = await sharp(join(at(out), "explain-steps.png"))
      .extract({ left, top: 72 + 4, width: 96, height: 72 })
      .removeAlpha()
      .raw()
      .toBuffer();
    expect(Buffer.compare(estimate, Buffer.from(result.raster.data as Uint8Array))).toBe(0);
  });

  test("unasked, the prediction is the result", async () => {
    const line = (name: string, ...more: string[]) =>
      commandLine(at("blurry.png"), "--out", at(name), "--restore-sharp", "--threads", "1", "--json", ...more);
    const unasked = await line("unasked.png");
    expect(JSON.parse(unasked.out)).toMatchObject({ steps: 0, realism: null });
    await line("prediction.png", "--steps", "0");
    const [a, b] = [await readImage(at("unasked.png")), await readImage(at("prediction.png"))];
    expect(a.raster).toEqual(b.raster);
    const asked = await line("realism.png", "--realism", "0.3");
    expect(JSON.parse(asked.out)).toMatchObject({ steps: 4, realism: 0.3 });
    expect((await readImage(at("realism.png"))).raster).not.toEqual(a.raster);
    const refused = await line("refused.png", "--steps", "0", "--realism", "0.3");
    expect(refused).toMatchObject({ code: 2 });
    expect(refused.err).toMatch(/realism cannot be used without diffusion steps, got steps 0; set steps to 1 or more/);
  });
});
