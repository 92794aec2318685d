/** @file Diffusion scaled by a predicted deviation: flat places stay flat, and what is drawn varies as the map says. */
import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { loadModel } from "../platform/node/models/load-model.js";
import { createRuntime } from "../platform/node/threads/runtime.js";
import { Rng } from "../src/base/random.js";
import { encodeWeights, MODEL_FILE, weightsFile } from "../src/exchange/model-files.js";
import { exportRole, rolesOf } from "../src/exchange/onnx/export-model.js";
import { verifyExport } from "../src/exchange/onnx/verify-export.js";
import type { Planes } from "../src/images/image.js";
import { TrajectoryRecorder } from "../src/insight/trajectory.js";
import { createNetwork } from "../src/networks/catalog.js";
import { LOG_DEVIATION } from "../src/networks/deviation-network.js";
import { initialWeights, type Parameter, type Weights } from "../src/nn/parameters.js";
import { type ModelConfig, modelConfigSchema, PARTS, type Part } from "../src/restoration/model-config.js";
import { createRestorer, type RestoreProgress } from "../src/restoration/restorer.js";
import { floatResult, floats, type Runtime } from "../src/runtime/session.js";
import { commandLine } from "./command-line.js";
import { networkWork } from "./network-result.js";
import { aliveWeights } from "./oracle/alive-weights.js";
import { expectClose } from "./oracle/close.js";

const rng = Rng.fromSeed(61);
const plain = { architecture: "residual-unet", widths: [4, 8], blocks: [1, 1], middleBlocks: 0 };
const configOf = (scale: number | "uncertainty", finePx: number | null = 2.5): ModelConfig =>
  modelConfigSchema.parse({
    predictor: { network: { ...plain, inChannels: 3, addInput: true } },
    ...(scale === "uncertainty"
      ? { uncertainty: { network: { ...plain, inChannels: 6, outChannels: 1 }, finePx } }
      : {}),
    diffusion: {
      network: { ...plain, inChannels: 9, levelChannels: 4 },
      ...{ prediction: "v", schedule: { kind: "cosine", T: 1000 }, scale, finePx },
    },
    sampling: { sampler: { kind: "ddim" }, spacing: { kind: "log-snr", lowest: -0.7, highest: 3 }, steps: 4 },
  });
const partsOf = (config: ModelConfig): readonly (readonly [Part, readonly Parameter[]])[] =>
  PARTS.flatMap((part) => {
    const described = config[part];
    return described ? [[part, createNetwork(described.network).parameters] as const] : [];
  });
const aliveOf = (part: Part, parameters: readonly Parameter[], scale: number): Weights =>
  aliveWeights(parameters, { initial: rng.fork(part), instead: rng.fork(part), scale });
/** A predictor that changes nothing, a deviation that is the same everywhere, a diffusion that is alive. */
function weightsOf(config: ModelConfig, deviation: number): Partial<Record<Part, Weights>> {
  const half = (LOG_DEVIATION.highest - LOG_DEVIATION.lowest) / 2;
  const middle = (LOG_DEVIATION.highest + LOG_DEVIATION.lowest) / 2;
  return Object.fromEntries(
    partsOf(config).map(([part, parameters]) => {
      if (part === "diffusion") return [part, aliveOf(part, parameters, 0.05)];
      const weights = initialWeights(parameters, rng.fork(part));
      if (part === "uncertainty")
        weights.get("tail.bias")!.fill(half * Math.atanh((Math.log(deviation) - middle) / half));
      return [part, weights];
    }),
  );
}
const modelOf = (scale: number | "uncertainty", deviation = 0.002) => {
  const config = configOf(scale);
  return { name: "uncertain", config, weights: weightsOf(config, deviation) };
};
const runtime = createRuntime({ threads: 1 });

describe("on the command line", () => {
  let folder: string;
  const at = (name: string) => join(folder, name);
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "unblur-uncertain-"));
    for (const scale of ["uncertainty", 0.055] as const) {
      const { config, weights } = modelOf(scale);
      const about = { format: "unblur model 1", name: "mine", summary: "For tests.", license: "MIT", model: config };
      await mkdir(at(`${scale}`));
      await writeFile(join(at(`${scale}`), MODEL_FILE), JSON.stringify(about));
      for (const [part, parameters] of partsOf(config)) {
        const bytes = encodeWeights(parameters, weights[part]!, "F16", {});
        await writeFile(join(at(`${scale}`), weightsFile(part)), bytes);
      }
    }
  });
  afterAll(() => rm(folder, { recursive: true }));

  /** The largest change of a dark photo with noise of up to 2 levels, which is texture and not flat. */
  async function worst(model: string): Promise<number> {
    const photo = Uint8Array.from(
      { length: 3 * 100 * 70 },
      (_, i) => [33, 25, 23][i % 3]! + (((i * 7919) % 13) % 5) - 2,
    );
    await sharp(photo, { raw: { width: 100, height: 70, channels: 3 } })
      .png()
      .toFile(at("dark.png"));
    const options = ["--model", at(model), "--steps", "4", "--restore-sharp", "--out", at("out.png"), "--force"];
    const { code, err } = await commandLine("deblur", at("dark.png"), ...options);
    expect(code, err).toBe(0);
    const data = await sharp(at("out.png")).raw().toBuffer();
    return data.reduce((most, value, i) => Math.max(most, Math.abs(value - photo[i]!)), 0);
  }

  test("where the deviation is 0.002, a photo stays within 2 levels; one scale for all leaves grain", async () => {
    expect(await worst("uncertainty")).toBeLessThanOrEqual(2);
    expect(await worst("0.055")).toBeGreaterThan(5);
  });

  test("packed from its runs: the part's weights in signed bytes, its config and log", async () => {
    for (const part of ["predictor", "uncertainty", "diffusion"]) {
      await writeFile(join(at("uncertainty"), `${part}.config.json`), "{}\n");
      await writeFile(join(at("uncertainty"), `${part}.metrics.jsonl`), '{"step":1}\n');
    }
    const from = (scale: string) => [
      "--predictor",
      at(scale),
      "--uncertainty",
      at("uncertainty"),
      "--diffusion",
      at(scale),
    ];
    const about = ["--out", at("packed"), "--name", "packed", "--summary", "For tests.", "--license", "MIT"];
    const pack = (scale: string, ...more: string[]) => commandLine("pack", ...about, ...from(scale), ...more);
    expect(await pack("uncertainty")).toMatchObject({ code: 0, out: `${at("packed")}\n` });
    const [packed, source] = [await loadModel(at("packed")), await loadModel(at("uncertainty"))];
    expect(packed.config).toEqual(source.config);
    for (const part of ["predictor", "uncertainty", "diffusion"] as const)
      for (const [label, values] of source.weights[part]!) {
        // A signed byte of a row is at most half a step of 1/127 of the row's largest value off.
        const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
        const others = packed.weights[part]!.get(label)!;
        const worst = values.reduce((most, value, i) => Math.max(most, Math.abs(value - others[i]!)), 0);
        expect(worst, label).toBeLessThanOrEqual((1.001 * largest) / 254);
      }
    expect(await readdir(at("packed"))).toEqual(
      expect.arrayContaining(["uncertainty.safetensors", "uncertainty.config.json", "uncertainty.metrics.jsonl"]),
    );
    expect(await pack("uncertainty", "--strength", "0.5")).toMatchObject({ code: 0 });
    const half = (await loadModel(at("packed"))).weights.predictor!;
    for (const [label, values] of packed.weights.predictor!)
      if (label.startsWith("tail."))
        values.forEach((value, i) => void expect(half.get(label)![i]).toBeCloseTo(value / 2, 4));
      else expect(half.get(label)).toEqual(values);
    for (const option of ["--keeps-motion", "--yields"])
      expect((await pack("uncertainty", option)).err).toMatch(/^error: pack: [^{]*$/);
    expect((await pack("0.055")).err).toMatch(/--uncertainty belongs to a diffusion that was trained with it/);
  }, 180_000);
});

/**
 * Predicts the photo, says `map` of every pixel, and is the exact denoiser of a residual that is a Gaussian of the
 * map's deviation around 0: independent values of deviation 1, once divided by it.
 */
const exactRuntime = (map: Float32Array): Runtime => ({
  description: "exact",
  async open(graph) {
    const release = async () => {};
    return {
      ...{ graph, release, [Symbol.asyncDispose]: release },
      async run(feeds) {
        const image = floatResult(feeds, "image");
        const [, channels, height, width] = feeds.image!.shape as [number, number, number, number];
        const size = height * width;
        if (channels === 3) return { result: floats(image.slice(), [1, 3, height, width]) };
        if (channels === 6) return { result: floats(map.slice(), [1, 1, height, width]) };
        const signal = floatResult(feeds, "level")[0]!;
        return {
          result: floats(
            image.slice(6 * size).map((value) => signal * value),
            [1, 3, height, width],
          ),
        };
      },
    };
  },
});

describe("with an exact denoiser", () => {
  const [width, height] = [64, 48];
  const photo: Planes = { width, height, channels: 3, data: new Float32Array(3 * width * height).fill(0.1) };
  const config = (() => {
    const { diffusion, ...rest } = configOf("uncertainty", null);
    return modelConfigSchema.parse({
      ...rest,
      diffusion: { ...diffusion, prediction: "x0" },
      sampling: { sampler: { kind: "ancestral" }, spacing: { kind: "trailing" }, steps: 100 },
    });
  })();
  const residuals = async (map: Float32Array, options: object = {}) => {
    const restorer = createRestorer({ name: "exact", config, weights: weightsOf(config, 0.01) }, exactRuntime(map));
    const { samples } = await restorer.restore(photo, { seed: 3, ...options });
    return samples.map(({ data }) => data.map((value, i) => value - photo.data[i]!));
  };
  /** Root mean square in columns from `from` up to `to`. */
  const deviation = (data: Float32Array, from: number, to: number) => {
    const inside = data.filter((_, i) => i % width >= from && i % width < to);
    return Math.sqrt(inside.reduce((sum, value) => sum + value ** 2, 0) / inside.length);
  };
  /** 0.01, 0.02, 0.05 and 0.1, a quarter of the width each. */
  const STEPS = [0.01, 0.02, 0.05, 0.1];
  const steps = Float32Array.from({ length: width * height }, (_, i) => STEPS[Math.floor((i % width) / 16)]!);

  test("residuals have the map's deviation, and --realism multiplies its square", async () => {
    const [whole] = await residuals(steps);
    const [half] = await residuals(steps, { realism: 0.25 });
    for (const [quarter, expected] of STEPS.entries()) {
      // 2304 values each: 1.5 %; a hundred steps leave some 2 %.
      const found = deviation(whole!, 16 * quarter, 16 * quarter + 16);
      expect(Math.abs(found / expected - 1), `${expected}`).toBeLessThan(0.06);
      expect(deviation(half!, 16 * quarter, 16 * quarter + 16)).toBeCloseTo(found / 2, 4);
    }
  });

  test("a map of zeros on the left changes the right alone, to the bit; with finePx, too", async () => {
    const map = Float32Array.from({ length: width * height }, (_, i) => (i % width < width / 2 ? 0 : 0.1));
    for (const finePx of [null, 2.5]) {
      const own = {
        ...config,
        uncertainty: { ...config.uncertainty!, finePx },
        diffusion: { ...config.diffusion!, finePx },
      };
      const restorer = createRestorer({ name: "exact", config: own, weights: weightsOf(own, 0.01) }, exactRuntime(map));
      const { data } = (await restorer.restore(photo, { seed: 3, steps: 4 })).restored;
      data.forEach((value, i) => {
        if (i % width < width / 2) expect(value).toBe(photo.data[i]);
      });
      expect(
        deviation(
          data.map((value, i) => value - photo.data[i]!),
          width / 2,
          width,
        ),
      ).toBeGreaterThan(0.02);
    }
  });

  test("the spread of samples is the map's, and a settled walk weighs changes by it", async () => {
    const K = 4;
    const samples = await residuals(steps, { samples: K });
    const means = samples[0]!.map((_, i) => samples.reduce((sum, data) => sum + data[i]! / K, 0));
    for (const [quarter, expected] of STEPS.entries()) {
      const squares = samples.map((data) => {
        const off = data.map((value, i) => value - means[i]!);
        return deviation(off, 16 * quarter, 16 * quarter + 16) ** 2;
      });
      const spread = Math.sqrt(squares.reduce((sum, value) => sum + value, 0) / (K - 1));
      expect(Math.abs(spread / expected - 1)).toBeLessThan(0.06);
    }
    const walked = async (value: number) => {
      let count = 0;
      await residuals(new Float32Array(width * height).fill(value), { stop: "settled", onStep: () => count++ });
      return count;
    };
    expect(await walked(1e-4)).toBeLessThan(await walked(0.3));
  });

  test("who looks on is shown the map, and estimates made with it", async () => {
    const restorer = createRestorer({ name: "exact", config, weights: weightsOf(config, 0.01) }, exactRuntime(steps));
    let seen = 0;
    await restorer.restore(photo, {
      ...{ seed: 3, steps: 2 },
      onStep: ({ diffused, denoised, estimate }) => {
        expect(diffused.scale).toEqual(steps);
        expectClose(
          estimate.data,
          denoised.map((value, i) => 0.1 + steps[i % steps.length]! * value),
          { rtol: 1e-5, atol: 1e-6 },
        );
        seen++;
      },
    });
    expect(seen).toBe(2);
  });

  test("the record of a restoration against its own result ends with what was drawn, divided by the map again", async () => {
    const restorer = createRestorer({ name: "exact", config, weights: weightsOf(config, 0.01) }, exactRuntime(steps));
    const options = { seed: 3, steps: 2 };
    const { restored } = await restorer.restore(photo, options);
    const recorder = new TrajectoryRecorder({ photo, sharp: restored });
    await restorer.restore(photo, { ...options, onStep: recorder.observe });
    const { imageBands, steps: records } = recorder.finish();
    expectClose(imageBands, records.at(-1)!.estimateBands, { rtol: 1e-3, atol: 0 });
    // A band of waves longer than this photo is empty.
    expect(imageBands.filter((power) => power > 0).length).toBeGreaterThan(2);
  });
});

describe("with its own networks", () => {
  const config = configOf("uncertainty");
  const weights: Partial<Record<Part, Weights>> = Object.fromEntries(
    partsOf(config).map(([part, parameters]) => [part, aliveOf(part, parameters, 0.1)]),
  );
  const model = { name: "alive", config, weights };
  const photo: Planes = {
    ...{ width: 150, height: 90, channels: 3 },
    data: rng.uniforms(3 * 150 * 90).map((u) => u - 0.5),
  };

  test("many windows give what one gives, and progress counts the uncertainty's", async () => {
    const restored = async (maxPixels: number) => {
      const stages: RestoreProgress[] = [];
      const restorer = createRestorer(model, runtime, { maxPixels });
      const { restored } = await restorer.restore(photo, { seed: 2, onProgress: (event) => stages.push(event) });
      await restorer.release();
      return { data: restored.data, stages };
    };
    const [one, many] = [await restored(1e6), await restored(80 * 80)];
    expectClose(many.data, one.data, { rtol: 0, atol: 1e-5 });
    const work = (part: Part) => networkWork(createNetwork(model.config[part]!.network), 150, 90);
    const [before, step] = [work("predictor") + work("uncertainty"), work("diffusion")];
    const done = [work("predictor"), ...[0, 1, 2, 3, 4].map((steps) => before + steps * step)];
    expect(one.stages.map((event) => [event.done, event.total])).toEqual(done.map((part) => [part, done.at(-1)]));
    expect(one.stages[1]!.stage).toBe("estimating the uncertainty");
    expect(many.stages.at(-1)!.done).toBe(many.stages.at(-1)!.total);
  });

  test("without steps it is not asked", async () => {
    const restorer = createRestorer(model, runtime);
    const stages: RestoreProgress[] = [];
    await restorer.restore(photo, { steps: 0, onProgress: (event) => stages.push(event) });
    const work = networkWork(createNetwork(model.config.predictor!.network), 150, 90);
    expect(stages.map(({ done, total }) => [done, total])).toEqual([[work, work]]);
    await restorer.release();
  });

  test("it is exported, as a file of its own that gives our numbers", async () => {
    expect(rolesOf(model)).toEqual(["predictor", "uncertainty", "denoiser"]);
    const exported = exportRole(model, "uncertainty");
    expect(exported.form.pictures.map(({ name }) => name)).toEqual(["blurry", "prediction"]);
    expect(await verifyExport(exported, runtime)).toHaveLength(2);
    expect(Buffer.from(exportRole(model, "denoiser").file).toString("latin1")).toContain(
      "restored = prediction + deviation / 2 * x_0",
    );
  });

  test("its weights are missing: it says which", () => {
    const { uncertainty: _, ...others } = weights;
    expect(() => createRestorer({ ...model, weights: others }, runtime)).toThrow(
      /weights of its uncertainty are missing/,
    );
  });
});
