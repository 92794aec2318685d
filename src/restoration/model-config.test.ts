import { expect, test } from "vitest";
import { modelConfigSchema } from "./model-config.js";

const predictor = (inChannels: number, sees?: string) => ({
  network: { architecture: "residual-unet", inChannels, widths: [8], blocks: [1], addInput: true },
  ...(sees ? { sees } : {}),
});

test("a predictor has as many channels as what it sees", () => {
  expect(modelConfigSchema.parse({ predictor: predictor(3) }).predictor?.sees).toBe("photo");
  modelConfigSchema.parse({ predictor: predictor(6, "photo and deconvolution") });
  expect(() => modelConfigSchema.parse({ predictor: predictor(6) })).toThrow(/sees photo: inChannels must be 3, not 6/);
  expect(() => modelConfigSchema.parse({ predictor: predictor(3, "photo and deconvolution") })).toThrow(
    /must be 6, not 3/,
  );
});
