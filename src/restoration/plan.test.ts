import { expect, test } from "vitest";
import { modelConfigSchema } from "./model-config.js";
import { chosenSteps, planRestoration } from "./plan.js";

const prediction = { steps: 0, diffusionSteps: 4 };
const diffuses = { steps: 5, diffusionSteps: 5 };

test("a model takes its steps unasked, or not, and any number that is asked for", () => {
  expect([chosenSteps({}, prediction), chosenSteps({}, diffuses)]).toEqual([0, 5]);
  expect([chosenSteps({ steps: 0 }, diffuses), chosenSteps({ steps: 9 }, prediction)]).toEqual([0, 9]);
  expect(chosenSteps({ samples: 1 }, prediction)).toBe(0);
});

test.each([
  { realism: 0.3 },
  { realism: 1 },
  { samples: 2 },
  { stop: "settled" as const },
  { sampler: { kind: "ddim" as const } },
])("%o takes the model's own number of steps, unless a number is said", (asked) => {
  expect(chosenSteps(asked, prediction)).toBe(4);
  expect(chosenSteps({ ...asked, steps: 2 }, prediction)).toBe(2);
});

test("realism 0 is the prediction, so it asks for no steps", () => {
  expect([chosenSteps({ realism: 0 }, prediction), chosenSteps({ realism: 0 }, diffuses)]).toEqual([0, 5]);
});

const network = { architecture: "residual-unet", widths: [4], blocks: [1], middleBlocks: 0 };
const photo = { width: 5, height: 4, channels: 3, data: new Float32Array(60) };
const model = (config: object) => ({ name: "test", config: modelConfigSchema.parse(config) });
const predictor = { network: { ...network, inChannels: 3 } };
const sampling = { sampler: { kind: "ddim" }, spacing: { kind: "trailing" }, steps: 4 };
const diffusion = (inChannels: number, more: object = {}) => ({
  network: { ...network, inChannels, levelChannels: 4 },
  ...{ prediction: "v", schedule: { kind: "linear", T: 40, end: 0.2 } },
  ...more,
});
const both = model({ predictor, diffusion: diffusion(9, { scale: 0.1 }), sampling });

test("a prediction alone has no diffusion", () => {
  expect(planRestoration(model({ predictor }), {}, photo)).toEqual({ stages: ["predict"], diffusion: null });
  expect(planRestoration(both, { steps: 0 }, photo)).toEqual({ stages: ["predict"], diffusion: null });
  expect(planRestoration(both, {}, photo, { other: true }).stages).toEqual(["other"]);
});

test("stages are those that the predictor's inputs need, in order; uncertainty only before a diffusion", () => {
  const { config } = model({
    motion: { network: { ...network, inChannels: 6 } },
    predictor: { network: { ...network, inChannels: 9 }, inputs: ["photo", "motion", "deconvolution"] },
    uncertainty: { network: { ...network, inChannels: 6 } },
    diffusion: diffusion(9, { scale: "uncertainty" }),
    sampling: { ...sampling, byDefault: false },
  });
  const all = { name: "all", config };
  expect(planRestoration(all, {}, photo).stages).toEqual(["deconvolve", "motion", "predict"]);
  expect(planRestoration(all, { steps: 1 }, photo).stages).toEqual(["deconvolve", "motion", "predict", "uncertainty"]);
});

test("levels, evaluations and samples of a diffusion", () => {
  const plan = planRestoration(both, { steps: 3, samples: 2, seed: 7, sampler: { kind: "heun" } }, photo).diffusion!;
  expect(plan).toMatchObject({ steps: 3, evaluations: 5, samples: 2, seed: 7, sampler: { kind: "heun", order: 2 } });
  expect(plan.levels).toHaveLength(4);
  expect(planRestoration(both, { sampler: { kind: "probability-flow" } }, photo).diffusion).toMatchObject({
    steps: null,
    evaluations: 4,
  });
});

test("realism scales the residual of a prediction, and all noise where there is none", () => {
  const alone = model({ diffusion: diffusion(6), sampling });
  const scales = (of: typeof both) => {
    const { noise, share } = planRestoration(of, { texture: 0.25 }, photo).diffusion!;
    return { noise, share };
  };
  expect([scales(both), scales(alone)]).toEqual([
    { noise: 1, share: 0.5 },
    { noise: 0.5, share: 1 },
  ]);
});

test.each([
  ["a setting out of range", both, { seed: -1 }, /seed: expected an integer of at least 0, got -1/],
  ["steps of a model without diffusion", model({ predictor }), { steps: 1 }, /"test" has no diffusion: .*, got 1/],
  [
    "a setting that needs steps",
    both,
    { steps: 0, stop: "settled" as const },
    /stop cannot be used without .* got steps 0/,
  ],
  ["samples that would be equal", both, { samples: 2, realism: 0 }, /samples above 1 need realism \(texture\) above 0/],
  ["an unknown sampler", both, { sampler: { kind: "none" } as never }, /sampler\.kind: /],
  [
    "a sampler with less noise than it needs",
    both,
    { sampler: { kind: "predictor-corrector" as const }, realism: 0.5 },
    /use another sampler, or realism 1, got 0.5/,
  ],
])("%s is refused before anything runs", (_, of, settings, message) => {
  expect(() => planRestoration(of, settings, photo)).toThrow(message);
});

test("a sampler that cannot sample the model's process is refused before anything runs", () => {
  const subVp = model({ diffusion: diffusion(6, { schedule: { kind: "sub-vp" } }), sampling });
  const settings = { sampler: { kind: "predictor-corrector" } } as const;
  expect(() => planRestoration(subVp, settings, photo)).toThrow(
    /Langevin.*; use another sampler, got a sub-vp process/,
  );
});

test("a photo of one channel, or without pixels, is refused", () => {
  expect(() => planRestoration(both, {}, { ...photo, channels: 1 })).toThrow(/expected \[3, height, width\]/);
  expect(() => planRestoration(both, {}, { ...photo, width: 0, data: new Float32Array() })).toThrow(/expected \[3/);
});
