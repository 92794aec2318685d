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
  const all = predictor(9, "photo, motion and deconvolution");
  expect(() => modelConfigSchema.parse({ predictor: all })).toThrow(/describe one under motion/);
  const motion = { network: { architecture: "residual-unet", inChannels: 6, widths: [8], blocks: [1] } };
  expect(modelConfigSchema.parse({ motion, predictor: all }).predictor?.sees).toBe(all.sees);
  expect(() => modelConfigSchema.parse({ motion, predictor: predictor(3) })).toThrow(/motion is for a predictor that/);
});

test("deconvolution is a model by itself, and stands beside no network", () => {
  expect(modelConfigSchema.parse({ deconvolution: {} }).deconvolution).toEqual({ response: null });
  expect(() => modelConfigSchema.parse({ deconvolution: {}, predictor: predictor(3) })).toThrow(/cannot be combined/);
  expect(() => modelConfigSchema.parse({ deconvolution: { response: "log" } })).toThrow(/gamma2.2/);
  expect(() => modelConfigSchema.parse({})).toThrow(/or deconvolution alone/);
});
