import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { parseRunConfig } from "./run-config.js";

const file = JSON.parse(readFileSync("configs/default/predictor.json", "utf8"));
/** The packaged model's predictor, of the photo alone. */
const config = {
  ...file,
  model: {
    ...file.model,
    motion: null,
    predictor: { network: { ...file.model.predictor.network, inChannels: 3 }, inputs: ["photo"] },
  },
  motionFrom: null,
  startFrom: null,
  data: { ...file.data, deconvolved: undefined },
};

test("what the predictor sees is what the data hold", () => {
  expect(parseRunConfig(config, "x").data.deconvolved).toBeUndefined();
  const data = { ...config.data, deconvolved: { scenes: 10 } };
  expect(() => parseRunConfig({ ...config, data }, "x")).toThrow(
    /the predictor's inputs are photo: leave out data.deconvolved/,
  );
  const { network } = config.model.predictor;
  const model = {
    ...config.model,
    predictor: { network: { ...network, inChannels: 6 }, inputs: ["photo", "deconvolution"] },
  };
  expect(() => parseRunConfig({ ...config, model }, "x")).toThrow(/describe data.deconvolved/);
  expect(parseRunConfig({ ...config, model, data }, "x").data.deconvolved?.sidePx).toBe(448);
});

test("a model that enlarges is trained on photos that are as much smaller, and enlarged before the network", () => {
  const rcan = { architecture: "rcan", inChannels: 3, features: 8, groups: 1, blocks: 1, reduction: 2 };
  const photos = (downsample: number) => ({
    ...{ patchPx: 16 },
    sources: [{ layout: "photos", path: "x", blur: { kernels: [{ kind: "none" }], downsample } }],
  });
  const parsed = (predictor: object, data: object) =>
    parseRunConfig({ ...config, data, model: { ...config.model, scale: 2, predictor } }, "x");
  const { network } = config.model.predictor;
  expect(parsed({ network, inputs: ["photo"] }, photos(2)).model.scale).toBe(2);
  expect(() => parsed({ network, inputs: ["photo"] }, photos(1))).toThrow(/must have blur.downsample 2/);
  expect(() => parsed({ network: { ...rcan, scale: 2 }, inputs: ["photo"] }, photos(2))).toThrow(
    /imported but not trained/,
  );
});

test("a generator that blurs is trained on unpaired photos alone, and nothing else is", () => {
  const blurs = JSON.parse(readFileSync("configs/gan/blur-tiny.json", "utf8"));
  const parsed = (change: object) => () => parseRunConfig({ ...blurs, ...change }, "x");
  expect(parsed({})().model.blur?.network.architecture).toBe("blur-generator");
  expect(parsed({ data: { ...config.data, patchPx: 64 } })).toThrow(/each source must have the layout "unpaired"/);
  expect(parsed({ model: config.model })).toThrow(/objective.kind "blur" trains model.blur.*: describe it/);
  expect(parsed({ objective: config.objective })).toThrow(/: leave it out/);
  expect(parsed({ validation: { path: "x", everySteps: 1 } })).toThrow(/validation measures restorations/);
  expect(() => parseRunConfig({ ...config, data: blurs.data }, "x")).toThrow(/unpaired photos train a generator/);
});

test("a network that is given the kernel is trained on photos whose blur is one kernel", () => {
  const given = JSON.parse(readFileSync("configs/known-kernel/nbdn-small.json", "utf8"));
  const parsed = (change: object) => () => parseRunConfig({ ...given, ...change }, "x");
  expect(parsed({})().model.knownKernel?.network.architecture).toBe("nbdn");
  expect(parsed({ model: config.model })).toThrow(
    /objective.kind "knownKernel" trains model.knownKernel.*: describe it/,
  );
  expect(parsed({ objective: config.objective })).toThrow(/: leave it out/);
  expect(parsed({ data: { ...given.data, kernels: undefined } })).toThrow(
    /data.kernels: expected true for a network that is given the kernel/,
  );
  expect(parsed({ validation: { path: "x", everySteps: 1 } })).toThrow(/validation has pairs without kernels/);
  const [source] = given.data.sources;
  const data = (change: object) => ({ data: { ...given.data, sources: [{ ...source, ...change }] } });
  const scene = { probability: 0.5, lengthPx: [2, 9] };
  for (const change of [{ misalignPx: 2 }, { blur: { ...source.blur, scene } }])
    expect(parsed(data(change))).toThrow(/leave it out: with data.kernels the blur of each patch is one kernel/);
});
