import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import { expect, test } from "vitest";
import { createRuntime } from "../../../platform/node/threads/runtime.js";
import { aliveWeights } from "../../../test/oracle/alive-weights.js";
import { expectClose } from "../../../test/oracle/close.js";
import { Rng } from "../../base/random.js";
import { createNetwork } from "../../networks/catalog.js";
import { modelConfigSchema } from "../../restoration/model-config.js";
import { createRestorer } from "../../restoration/restorer.js";
import { readModel } from "../model-files.js";
import { exportRole } from "./export-model.js";
import { createExportedRestorer } from "./exported-restorer.js";

const FOLDER = join(import.meta.dirname, "../../../models/fast");
const model = await readModel((file) => readFile(join(FOLDER, file)), FOLDER);
const [predictor, denoiser] = (["predictor", "denoiser"] as const).map((role) => exportRole(model, role).file);

const photoOf = (width: number, height: number) => {
  const data = Rng.fromSeed(5)
    .uniforms(3 * width * height)
    .map((value) => 2 * value - 1);
  return { width, height, channels: 3, data };
};

/** Restores with a file's network; the totals that its progress states are the numbers of windows. */
async function exportedResult(file: Uint8Array, photo: ReturnType<typeof photoOf>, maxPixels: number) {
  const exported = createExportedRestorer(file, "a-predictor.onnx", createRuntime({ threads: 2 }), { maxPixels });
  const windows: number[] = [];
  const { restored } = await exported.restore(photo, { onProgress: ({ total }) => windows.push(total) });
  await exported.release();
  return { data: restored.data, windows };
}

test("an exported predictor restores what the model's own predictor does", async () => {
  const photo = photoOf(331, 45);
  const own = createRestorer(model, createRuntime({ threads: 2 }));
  const expected = (await own.restore(photo, { steps: 0 })).restored.data;
  await own.release();
  const { data, windows } = await exportedResult(predictor!, photo, 1_000_000);
  expectClose(data, expected, { rtol: 1e-4, atol: 1e-4 });
  expect(windows).toEqual([1]);
});

test("many windows give what one gives", async () => {
  const config = modelConfigSchema.parse({
    predictor: {
      network: {
        ...{ architecture: "residual-unet", inChannels: 3, widths: [4, 8], blocks: [1, 1], middleBlocks: 1 },
        addInput: true,
      },
    },
  });
  const [initial, instead] = [Rng.fromSeed(6), Rng.fromSeed(7)];
  const { parameters } = createNetwork(config.predictor!.network);
  const weights = { predictor: aliveWeights(parameters, { initial, instead, scale: 0.05 }) };
  const { file } = exportRole({ name: "small", config, weights }, "predictor");
  const photo = photoOf(333, 150);
  const whole = await exportedResult(file, photo, 1_000_000);
  const windowed = await exportedResult(file, photo, 112 * 112);
  expect(whole.windows).toEqual([1]);
  expect(windowed.windows.length).toBeGreaterThan(4);
  expect(windowed.windows).toEqual(windowed.windows.map(() => windowed.windows.length));
  expectClose(windowed.data, whole.data, { rtol: 0, atol: 1e-5 });
});

test("a denoiser and other files are refused with what to give instead", () => {
  const runtime = createRuntime();
  const open = (file: Uint8Array) => () => createExportedRestorer(file, "a.onnx", runtime);
  expect(open(denoiser!)).toThrow(
    /^a\.onnx: expected a file that gives a photo, got a denoiser: choose the -predictor/,
  );
  expect(open(new TextEncoder().encode("text"))).toThrow(/^a\.onnx: expected an ONNX file written by unblur export/);
});

test("what a predictor cannot do, and what is no photo, is refused as by every restorer", async () => {
  const restorer = createExportedRestorer(predictor!, "a.onnx", createRuntime({ threads: 1 }));
  const photo = { width: 8, height: 8, channels: 3, data: new Float32Array(192) };
  const refusal = (options: object) => expect(restorer.restore(photo, options)).rejects;
  await refusal({ steps: 2 }).toThrow(/has no diffusion/);
  await refusal({ sampler: { kind: "ddim" } }).toThrow(/sampler cannot be used without diffusion steps, which/);
  await refusal({ realism: 0.5, samples: 2 }).toThrow(/realism and samples above 1 cannot be used/);
  await refusal({ stop: "settled" }).toThrow(/stop cannot be used/);
  await expect(restorer.restore({ ...photo, channels: 1 })).rejects.toMatchObject({ code: "shape" });
  await restorer.release();
});

test("a file that does not say what goes in is refused, not an error of the language", () => {
  const entry = (key: string, value: string) => new BinaryWriter().uint32(10).string(key).uint32(18).string(value);
  const about = { "unblur.role": "predictor", "unblur.network": JSON.stringify(model.config.motion!.network) };
  const writer = new BinaryWriter();
  for (const [key, value] of Object.entries(about))
    writer.tag(14, WireType.LengthDelimited).bytes(entry(key, value).finish());
  expect(() => createExportedRestorer(writer.finish(), "a.onnx", createRuntime())).toThrow(
    expect.objectContaining({ code: "checkpoint", message: expect.stringContaining("expected unblur.inputs") }),
  );
});
