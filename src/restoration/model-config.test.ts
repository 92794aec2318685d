import { describe, expect, test } from "vitest";
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

test("a residual is of the hypotheses, beside everything else", () => {
  const motion = { network: { architecture: "residual-unet", inChannels: 6, widths: [8], blocks: [1] } };
  const all = predictor(12, "photo, motion, deconvolution and residual");
  const model = (change: object) => ({ motion, predictor: { ...all, deconvolver: "hypotheses", ...change } });
  expect(modelConfigSchema.parse(model({})).predictor?.sees).toBe(all.sees);
  expect(() => modelConfigSchema.parse(model({ deconvolver: "single" }))).toThrow(
    /sees a residual: its deconvolver must be hypotheses, not single/,
  );
  expect(() => modelConfigSchema.parse({ ...model({}), motion: null })).toThrow(/describe one under motion/);
  expect(() => modelConfigSchema.parse(model({ network: predictor(9).network }))).toThrow(/must be 12, not 9/);
});

describe("uncertainty", () => {
  const plain = { architecture: "residual-unet", widths: [8], blocks: [1] };
  const uncertain = { network: { ...plain, inChannels: 6, outChannels: 1 }, finePx: 2.5 };
  const diffusion = {
    network: { ...plain, inChannels: 9, levelChannels: 4 },
    ...{ prediction: "v", schedule: { kind: "cosine", T: 10 }, scale: "uncertainty", finePx: 2.5 },
  };
  const whole = {
    ...{ predictor: predictor(3), uncertainty: uncertain, diffusion },
    sampling: { sampler: { kind: "ddim" }, spacing: { kind: "trailing" }, steps: 4 },
  };

  test("stands beside a predictor, with its diffusion or without one", () => {
    expect(modelConfigSchema.parse(whole).diffusion?.scale).toBe("uncertainty");
    expect(modelConfigSchema.parse({ predictor: predictor(3), uncertainty: uncertain }).uncertainty?.finePx).toBe(2.5);
    expect(modelConfigSchema.parse({ predictor: predictor(3) })).not.toHaveProperty("uncertainty");
  });

  test.each([
    ["a diffusion without it", { uncertainty: undefined }, /describe uncertainty, or give a number/],
    ["a number beside it", { diffusion: { ...diffusion, scale: 0.1 } }, /set the diffusion's scale to .*uncertainty/],
    ["another scale", { diffusion: { ...diffusion, scale: "large" } }, /expected .*uncertainty/],
    ["another band", { uncertainty: { ...uncertain, finePx: null } }, /finePx must be the diffusion's, 2.5, not null/],
    [
      "other channels",
      { uncertainty: { ...uncertain, network: { ...plain, inChannels: 3, outChannels: 2 } } },
      /inChannels must be 6, not 3.*outChannels must be 1 or 3, not 2/s,
    ],
    ["no predictor", { predictor: null }, /uncertainty is about a predictor's error/],
  ])("%s is refused", (_, change, message) => {
    expect(() => modelConfigSchema.parse({ ...whole, ...change })).toThrow(message);
  });
});

test("deconvolution is a model by itself, and stands beside no network", () => {
  expect(modelConfigSchema.parse({ deconvolution: {} }).deconvolution).toEqual({ response: null });
  expect(() => modelConfigSchema.parse({ deconvolution: {}, predictor: predictor(3) })).toThrow(/cannot be combined/);
  expect(() => modelConfigSchema.parse({ deconvolution: { response: "log" } })).toThrow(/gamma2.2/);
  expect(() => modelConfigSchema.parse({})).toThrow(/or deconvolution alone/);
});
