import { expect, test } from "vitest";
import { type Architecture, networkConfigSchema } from "./catalog.js";
import { networkCost, networkMultiplyAdds } from "./cost.js";
import { PUBLICATIONS, publishedConfig } from "./publications.js";

const cost = (architecture: string, options: object) =>
  networkCost(networkConfigSchema.parse({ architecture, ...options }));

test("the cost of convolutions, counted by hand", () => {
  // Per pixel: head and tail on 2x2 unshuffled pixels, 12 to 8 and 8 to 12 channels, and a block of two convolutions
  // with 8.
  const each = (9 * (12 * 8 + 8 * 12 + 2 * 8 * 8)) / 4;
  const options = { inChannels: 3, widths: [8], blocks: [1], middleBlocks: 0 };
  expect(cost("residual-unet", options).macsPerMegapixel).toEqual({ at256px: each * 1e6, at1024px: each * 1e6 });
  // At full size: head 3 to 8, two of 8 to 8, tail 8 to 3.
  const plain = networkConfigSchema.parse({ architecture: "residual-unet", ...options, unshuffle: 1 });
  expect(networkMultiplyAdds(plain, 32)).toBe(32 * 32 * 9 * (3 * 8 + 2 * 8 * 8 + 8 * 3));
});

// Chen et al. 2022, table 6, in GMAC at 256x256. Their count includes passes over memory, such as norms; this one does
// not.
test.each([
  ["nafnet", "NAFNet, width 64", 65],
  ["mprnet", "MPRNet", 778.2],
  ["hinet", "HINet", 170.7],
] as const)("%s, %s: the published %d GMAC within a tenth", (architecture, size, published) => {
  const own = (networkCost(publishedConfig(architecture, size)).macsPerMegapixel.at256px! * 256 ** 2) / 1e15;
  expect(own).toBeGreaterThan(0.9 * published);
  expect(own).toBeLessThanOrEqual(published);
});

test("the cost per pixel grows with the picture for softmax attention, not for linear attention", () => {
  const small = { width: 8, multipliers: [1, 1, 1], blocksPerLevel: 1, groups: 4, attentionLevels: [2] };
  const growth = (attention: string) => {
    const { at256px, at1024px } = cost("conditional-unet", { ...small, attention }).macsPerMegapixel;
    return at1024px! / at256px!;
  };
  expect(growth("linear")).toBeLessThan(1.001);
  expect(growth("softmax")).toBeGreaterThan(5);
  const atAllLevels = cost("conditional-unet", { ...small, attention: "softmax", attentionLevels: null });
  expect(atAllLevels.macsPerMegapixel).toMatchObject({ at256px: expect.any(Number), at1024px: null });
});

// Counted by PyTorch over the published code, or from the paper's table.
test.each([
  ["conditional-unet", "the paper's", 20_743_011],
  ["sr3", "16 to 128 px", 97_807_491],
  ["sr3", "64 to 512 px", 155_334_339],
  ["rcan", "at scale 1", 15_296_955],
  ["han", "at scale 1", 15_776_345],
  ["han", "of the paper's table", 15_739_481],
  ["hinet", "HINet", 88_668_806],
  ["hinet", "HINet 0.5x", 22_176_070],
  ["mprnet", "MPRNet", 20_127_073],
  ["mimo-unet", "MIMO-UNet", 6_807_171],
  ["mimo-unet", "of the paper's table", 9_907_331],
  ["mimo-unet", "MIMO-UNet+", 16_107_651],
  ["nafnet", "NAFNet, width 32", 17_111_907],
  ["nafnet", "NAFNet, width 64", 67_888_835],
] as const)("%s, %s, has %d parameters", (architecture, size, parameters) => {
  expect(networkCost(publishedConfig(architecture, size)).parameters).toBe(parameters);
});

test("every listed size of every architecture creates a network", () => {
  for (const [architecture, { sizes }] of Object.entries(PUBLICATIONS)) {
    expect(Object.keys(sizes)).not.toEqual([]);
    for (const size of Object.keys(sizes))
      expect(publishedConfig(architecture as Architecture, size).architecture).toBe(architecture);
  }
});
