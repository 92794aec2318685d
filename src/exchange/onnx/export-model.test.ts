import { BinaryReader } from "@bufbuild/protobuf/wire";
import { expect, test } from "vitest";
import { Rng } from "../../base/random.js";
import { createNetwork } from "../../networks/catalog.js";
import { initialWeights } from "../../nn/parameters.js";
import { modelConfigSchema, PARTS } from "../../restoration/model-config.js";
import type { Model } from "../../restoration/restorer.js";
import { exportRole, rolesOf } from "./export-model.js";

/** metadata_props, field 14 of the ModelProto, and nothing else of it. */
function metadataOf(file: Uint8Array): Record<string, string> {
  const reader = new BinaryReader(file);
  const entries: [string, string][] = [];
  while (reader.pos < reader.len) {
    const [field, wire] = reader.tag();
    if (field !== 14) {
      reader.skip(wire, field);
      continue;
    }
    reader.uint32(); // the entry's length
    const [key, value] = [0, 0].map(() => {
      reader.tag();
      return reader.string();
    });
    entries.push([key!, value!]);
  }
  return Object.fromEntries(entries);
}

const unet = { architecture: "residual-unet", widths: [4], blocks: [0], middleBlocks: 0 };
const sampling = { sampler: { kind: "ddim" }, spacing: { kind: "trailing" }, steps: 4 };

function modelOf(config: object): Model {
  const parsed = modelConfigSchema.parse(config);
  const weights = PARTS.flatMap((part) => {
    const described = parsed[part];
    return described
      ? [[part, initialWeights(createNetwork(described.network).parameters, Rng.fromSeed(1))] as const]
      : [];
  });
  return { name: "mine", config: parsed, weights: Object.fromEntries(weights) };
}

const residual = modelOf({
  predictor: { network: { ...unet, inChannels: 3 } },
  diffusion: {
    network: { ...unet, inChannels: 9, levelChannels: 4 },
    prediction: "v",
    schedule: { kind: "constant", T: 3, beta: 0.5 },
    scale: 0.2,
  },
  sampling,
});

test("a denoiser's file says what goes in, what comes out and how noise grows", () => {
  expect(rolesOf(residual)).toEqual(["predictor", "denoiser"]);
  const metadata = metadataOf(exportRole(residual, "denoiser").file);
  expect(Object.keys(JSON.parse(metadata["unblur.inputs"]!))).toEqual(["blurry", "prediction", "x_t", "level"]);
  expect(JSON.parse(metadata["unblur.alpha_bars"]!)).toEqual([0.5, 0.25, 0.125]);
  expect(metadata).toMatchObject({
    "unblur.model": "mine",
    "unblur.role": "denoiser",
    "unblur.prediction": "v",
    "unblur.scale": "0.2",
    "unblur.clip": "true",
    "unblur.x_0": expect.stringContaining("prediction + scale / 2 * x_0"),
  });
});

test("a predictor beside a diffusion is not clipped, alone it is", () => {
  const { form } = exportRole(residual, "predictor");
  expect([form.result.name, form.clip]).toEqual(["prediction", false]);
  const alone = modelOf({ predictor: { network: { ...unet, inChannels: 3 } } });
  expect(rolesOf(alone)).toEqual(["predictor"]);
  const { form: own, file } = exportRole(alone, "predictor");
  expect([own.result.name, own.clip]).toEqual(["restored", true]);
  expect(metadataOf(file)["unblur.alpha_bars"]).toBeUndefined();
});

test("a diffusion scaled by uncertainty: the file that scales it, and the denoiser says so", () => {
  const { predictor, diffusion } = residual.config;
  const parts = { uncertainty: { network: { ...unet, inChannels: 6, outChannels: 1 } } };
  const scaled = modelOf({ predictor, ...parts, diffusion: { ...diffusion, scale: "uncertainty" }, sampling });
  expect(rolesOf(scaled)).toEqual(["predictor", "uncertainty", "denoiser"]);
  const metadata = metadataOf(exportRole(scaled, "denoiser").file);
  expect(metadata).toMatchObject({
    "unblur.scale": "uncertainty",
    "unblur.x_0": expect.stringContaining("prediction + deviation / 2 * x_0"),
  });
  const { form, file } = exportRole(scaled, "uncertainty");
  expect([form.pictures.map(({ name }) => name), form.result]).toEqual([
    ["blurry", "prediction"],
    { name: "deviation", channels: 1, range: "signed" },
  ]);
  expect(metadataOf(file)).toMatchObject({
    "unblur.role": "uncertainty",
    "unblur.outputs": expect.stringContaining("[batch, 1, height, width]"),
  });
  // Without the diffusion that it scales nobody needs it.
  expect(rolesOf(modelOf({ predictor, ...parts }))).toEqual(["predictor"]);
});

test("a model larger than a file may be is refused with its size", () => {
  expect(() => exportRole(residual, "predictor", { mostBytes: 1000 })).toThrow(
    /expected at most 1000 bytes of weights, which is what one ONNX file holds, got \d{4}/,
  );
});
