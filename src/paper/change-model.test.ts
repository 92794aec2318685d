import { expect, test } from "vitest";
import { type ModelConfig, modelConfigSchema } from "../restoration/model-config.js";
import { changeModel } from "./change-model.js";

const model = (config: ModelConfig) => ({ name: "m", config, weights: {} });
const predictor = modelConfigSchema.parse({
  predictor: { network: { architecture: "residual-unet", inChannels: 3, widths: [8], blocks: [1] } },
});
const diffusion = modelConfigSchema.parse({
  diffusion: {
    network: { architecture: "conditional-unet" },
    prediction: "eps",
    schedule: { kind: "linear", T: 2000 },
  },
  sampling: { sampler: { kind: "ancestral" }, spacing: { kind: "trailing" }, steps: 2000 },
});

test("sampling is replaced field by field; everything else stays", () => {
  const { config } = changeModel(model(diffusion), { sampling: { steps: 7, start: "blurry" } });
  expect(config).toEqual({ ...diffusion, sampling: { ...diffusion.sampling, steps: 7, start: "blurry" } });
  expect(changeModel(model(diffusion), {}).config).toEqual(diffusion);
});

test("pooling becomes local, with the size of the training crops", () => {
  const rcan = modelConfigSchema.parse({ predictor: { network: { architecture: "rcan" } } });
  const { predictor: changed } = changeModel(model(rcan), { poolLikePx: 64 }).config;
  expect(changed!.network).toEqual({ ...rcan.predictor!.network, pooling: { kind: "local", trainPx: 64 } });
});

test("a change that does not apply to the model is refused", () => {
  expect(() => changeModel(model(predictor), { sampling: { steps: 7 } })).toThrow(/expected a diffusion/);
  expect(() => changeModel(model(predictor), { poolLikePx: 64 })).toThrow(/got residual-unet/);
  expect(() => changeModel(model(diffusion), { poolLikePx: 64 })).toThrow(/expected a predictor/);
});
