import { describe, expect, test } from "vitest";
import { modelConfigSchema } from "./model-config.js";

const predictor = (inChannels: number, ...inputs: string[]) => ({
  network: { architecture: "residual-unet", inChannels, widths: [8], blocks: [1], addInput: true },
  ...(inputs.length > 0 ? { inputs } : {}),
});
const motion = { network: { architecture: "residual-unet", inChannels: 6, widths: [8], blocks: [1] } };

test("a predictor has three channels for each of its inputs", () => {
  expect(modelConfigSchema.parse({ predictor: predictor(3) }).predictor?.inputs).toEqual(["photo"]);
  modelConfigSchema.parse({ predictor: predictor(6, "photo", "deconvolution") });
  expect(() => modelConfigSchema.parse({ predictor: predictor(6) })).toThrow(/are photo: inChannels must be 3, not 6/);
  expect(() => modelConfigSchema.parse({ predictor: predictor(3, "photo", "deconvolution") })).toThrow(
    /must be 6, not 3/,
  );
  const all = predictor(9, "photo", "motion", "deconvolution");
  expect(() => modelConfigSchema.parse({ predictor: all })).toThrow(/describe one under motion/);
  expect(modelConfigSchema.parse({ motion, predictor: all }).predictor?.inputs).toEqual(all.inputs);
  expect(() => modelConfigSchema.parse({ motion, predictor: predictor(3) })).toThrow(/add motion to the predictor's/);
});

test.each([
  [["deconvolution", "photo"]],
  [["deconvolution"]],
  [["photo", "photo"]],
  [["photo", "deconvolution", "motion"]],
])("inputs in another order, twice or without the photo are refused: %s", (inputs) => {
  const described = { motion, predictor: predictor(3 * inputs.length, ...inputs) };
  expect(() => modelConfigSchema.parse(described)).toThrow(/in this order, the photo first: got/);
});

test("a residual is of the hypotheses, and of a deconvolution that is an input", () => {
  const all = predictor(12, "photo", "motion", "deconvolution", "residual");
  const model = (change: object) => ({ motion, predictor: { ...all, deconvolver: "hypotheses", ...change } });
  expect(modelConfigSchema.parse(model({})).predictor?.inputs).toEqual(all.inputs);
  expect(() => modelConfigSchema.parse(model({ deconvolver: "single" }))).toThrow(
    /needs the deconvolver hypotheses, not single/,
  );
  expect(() => modelConfigSchema.parse({ ...model({}), motion: null })).toThrow(/describe one under motion/);
  expect(() => modelConfigSchema.parse(model({ network: predictor(9).network }))).toThrow(/must be 12, not 9/);
  expect(() => modelConfigSchema.parse(model(predictor(9, "photo", "motion", "residual")))).toThrow(
    /add deconvolution/,
  );
});

test.each([
  ["photo", 3, false, ["photo"]],
  ["photo and deconvolution", 6, false, ["photo", "deconvolution"]],
  ["photo and deconvolution", 6, true, ["photo", "motion"]],
  ["photo, motion and deconvolution", 9, true, ["photo", "motion", "deconvolution"]],
  ["photo, motion, deconvolution and residual", 12, true, ["photo", "motion", "deconvolution", "residual"]],
])('an earlier file whose predictor sees "%s" in %i channels, with motion: %s', (sees, channels, moves, inputs) => {
  const described = { ...predictor(channels), sees, deconvolver: "hypotheses" };
  const model = { ...(moves ? { motion: { ...motion, sees: "photo and deconvolution" } } : {}), predictor: described };
  const read = modelConfigSchema.parse(model);
  expect(read.predictor?.inputs).toEqual(inputs);
  expect(read.motion?.inputs).toEqual(moves ? ["photo", "deconvolution"] : undefined);
  expect(modelConfigSchema.parse(read)).toEqual(read);
});

test("an unknown value of an earlier file's field is refused by name", () => {
  expect(() => modelConfigSchema.parse({ predictor: { ...predictor(3), sees: "all" } })).toThrow(/sees/);
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

test("a network that blurs is a model by itself, given a photo and four channels of noise", () => {
  const blur = { network: { architecture: "blur-generator" } };
  expect(modelConfigSchema.parse({ blur }).blur?.network.architecture).toBe("blur-generator");
  const unet = (inChannels: number) => ({ architecture: "residual-unet", inChannels, widths: [4], blocks: [1] });
  expect(modelConfigSchema.parse({ blur: { network: unet(7) } }).predictor).toBeNull();
  expect(() => modelConfigSchema.parse({ blur: { network: unet(3) } })).toThrow(/inChannels must be 7 .*, not 3 and 3/);
  expect(() => modelConfigSchema.parse({ blur, predictor: predictor(3) })).toThrow(/restores nothing: leave out blur/);
  expect(() => modelConfigSchema.parse({ predictor: blur })).toThrow(/inChannels must be 3, not 7/);
});

test("a network that is given the kernel is a model by itself, and no other part has one", () => {
  const knownKernel = { network: { architecture: "nbdn" } };
  expect(modelConfigSchema.parse({ knownKernel }).knownKernel?.network).toMatchObject({ stages: 3, steps: 6 });
  expect(() => modelConfigSchema.parse({ knownKernel, predictor: predictor(3) })).toThrow(/has one network/);
  expect(() => modelConfigSchema.parse({ knownKernel: predictor(3) })).toThrow(
    /must be one of dwdn, infwide, nbdn, not residual-unet/,
  );
  expect(() => modelConfigSchema.parse({ predictor: knownKernel })).toThrow(
    /nbdn is given the kernel of the blur: describe it under knownKernel, not under predictor/,
  );
});

test("a motion network yields only to a deconvolution by hypotheses, which knows its confidence", () => {
  const motion = { network: { architecture: "nafnet" }, inputs: ["photo"], yields: true };
  const whole = (inputs: readonly string[], deconvolver: string) => ({
    motion,
    predictor: { network: { architecture: "nafnet", inChannels: 3 * inputs.length }, inputs, deconvolver },
  });
  const all = ["photo", "motion", "deconvolution"];
  expect(modelConfigSchema.safeParse(whole(all, "hypotheses")).error?.message ?? "").not.toMatch(/yields/);
  expect(() => modelConfigSchema.parse(whole(all, "single"))).toThrow(/yields to the deconvolver hypotheses/);
  expect(() => modelConfigSchema.parse(whole(["photo", "motion"], "hypotheses"))).toThrow(/leave out yields/);
});

test("a predictor keeps the motion network's picture only if it is given that and the deconvolution", () => {
  const network = { architecture: "residual-unet", inChannels: 6, widths: [4, 8], blocks: [1, 1] };
  const predictor = { network, inputs: ["photo", "deconvolution"], keepsMotion: true };
  expect(() => modelConfigSchema.parse({ predictor })).toThrow(/keepsMotion compares motion with deconvolution: add/);
});
