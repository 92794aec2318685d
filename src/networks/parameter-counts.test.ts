import { expect, test } from "vitest";
import { countParameters } from "../nn/parameters.js";
import { conditionalUnet, conditionalUnetSchema } from "./conditional-unet.js";
import { sr3, sr3Schema } from "./sr3.js";

const conditional = (options: object) =>
  countParameters(
    conditionalUnet(conditionalUnetSchema.parse({ architecture: "conditional-unet", ...options })).parameters,
  );

// Counted by PyTorch's numel over the published code's parameters.
test("the paper's network has 20,743,011 parameters", () => {
  expect(conditional({})).toBe(20_743_011);
});

test("of which 2,702,304 are attention's and 148,032 of these are never used", () => {
  const { parameters } = conditionalUnet(conditionalUnetSchema.parse({ architecture: "conditional-unet" }));
  expect(countParameters(parameters.filter(({ label }) => label.includes(".attn.")))).toBe(2_702_304);
  expect(countParameters(parameters.filter(({ label }) => label.startsWith("mid.1.attn.")))).toBe(148_032);
});

test("the published class's default has 34,940,803", () => {
  expect(conditional({ width: 32, multipliers: [1, 2, 4, 8, 8], blocksPerLevel: 3 })).toBe(34_940_803);
});

test.each([
  [
    "SR3 with the paper's widths, without attention levels",
    { width: 96, multipliers: [1, 2, 2, 2], groups: 16, attentionLevels: [] },
    18_188_739,
  ],
  [
    "SR3 with the paper's widths, attention at the coarsest level",
    { width: 96, multipliers: [1, 2, 2, 2], groups: 16, attentionLevels: [3] },
    18_928_899,
  ],
  ["sr_sr3_16_128", { width: 64, multipliers: [1, 2, 4, 8, 8], attentionLevels: [3] }, 97_807_491],
  [
    "sr_sr3_64_512",
    { width: 64, multipliers: [1, 2, 4, 8, 16], blocksPerLevel: 1, groups: 16, attentionLevels: [] },
    155_334_339,
  ],
])("%s", (_, options, count) => {
  expect(countParameters(sr3(sr3Schema.parse({ architecture: "sr3", ...options })).parameters)).toBe(count);
});
