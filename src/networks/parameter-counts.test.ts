import { expect, test } from "vitest";
import { countParameters } from "../nn/parameters.js";
import { conditionalUnet, conditionalUnetSchema } from "./conditional-unet.js";
import { dbgan, dbganSchema } from "./dbgan.js";
import { multiScaleDiscriminator, patchDiscriminator, patchDiscriminatorSchema } from "./deblurgan/discriminators.js";
import { fpnInception, fpnInceptionSchema } from "./deblurgan/fpn-inception.js";
import { fpnMobilenet, fpnMobilenetSchema } from "./deblurgan/fpn-mobilenet.js";
import { deblurgan, deblurganSchema } from "./deblurgan/resnet-generator.js";
import { han, hanSchema } from "./han.js";
import { hinet, hinetSchema } from "./hinet.js";
import { maxim, maximSchema } from "./maxim.js";
import { mimoUnet, mimoUnetSchema } from "./mimo-unet.js";
import { mprnet, mprnetSchema } from "./mprnet.js";
import { nafnet, nafnetSchema } from "./nafnet.js";
import type { Network } from "./network.js";
import { rcan, rcanSchema } from "./rcan.js";
import {
  blurGenerator,
  blurGeneratorSchema,
  dbganSmall,
  dbganSmallSchema,
  pictureDiscriminator,
} from "./realistic-blur.js";
import { rdn, rdnSchema, rrdbNet, rrdbNetSchema, rrdn, rrdnSchema } from "./residual-dense.js";
import { sr3, sr3Schema } from "./sr3.js";

const conditional = (options: object) =>
  countParameters(
    conditionalUnet(conditionalUnetSchema.parse({ architecture: "conditional-unet", ...options })).parameters,
  );

// Counted by PyTorch's numel over the published code's parameters.
test("the paper's network has 20,743,011 parameters", () => {
  expect(conditional({})).toBe(20_743_011);
});

test("2,702,304 of them belong to the attention, and 148,032 of these are never used", () => {
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

const counted = {
  rcan: (options: object) => rcan(rcanSchema.parse({ architecture: "rcan", ...options })),
  han: (options: object) => han(hanSchema.parse({ architecture: "han", ...options })),
  rdn: (options: object) => rdn(rdnSchema.parse({ architecture: "rdn", ...options })),
  rrdn: (options: object) => rrdn(rrdnSchema.parse({ architecture: "rrdn", ...options })),
  "rrdb-net": (options: object) => rrdbNet(rrdbNetSchema.parse({ architecture: "rrdb-net", ...options })),
  hinet: (options: object) => hinet(hinetSchema.parse({ architecture: "hinet", ...options })),
  maxim: (options: object) => maxim(maximSchema.parse({ architecture: "maxim", ...options })),
  nafnet: (options: object) => nafnet(nafnetSchema.parse({ architecture: "nafnet", ...options })),
  "mimo-unet": (options: object) => mimoUnet(mimoUnetSchema.parse({ architecture: "mimo-unet", ...options })),
  mprnet: (options: object) => mprnet(mprnetSchema.parse({ architecture: "mprnet", ...options })),
  dbgan: (options: object) => dbgan(dbganSchema.parse({ architecture: "dbgan", ...options })),
  "dbgan-small": (options: object) => dbganSmall(dbganSmallSchema.parse({ architecture: "dbgan-small", ...options })),
  deblurgan: (options: object) => deblurgan(deblurganSchema.parse({ architecture: "deblurgan", ...options })),
  "fpn-mobilenet": (options: object) =>
    fpnMobilenet(fpnMobilenetSchema.parse({ architecture: "fpn-mobilenet", ...options })),
  "fpn-inception": (options: object) =>
    fpnInception(fpnInceptionSchema.parse({ architecture: "fpn-inception", ...options })),
};

test.each([
  // Counted over google-research/maxim, with three supervised scales.
  ["maxim", "S-1", { stages: 1 }, 6_139_561],
  ["maxim", "S-2", { stages: 2 }, 14_176_178],
  ["maxim", "S-3", {}, 22_212_795],
  ["maxim", "M-1", { stages: 1, features: 64 }, 19_464_265],
  ["nafnet", "of width 32", {}, 17_111_907],
  ["nafnet", "of width 64", { width: 64 }, 67_888_835],
  ["mimo-unet", "as published", {}, 6_807_171],
  ["mimo-unet", "with 12 blocks, which fits the paper's table", { blocks: 12 }, 9_907_331],
  ["mimo-unet", "MIMO-UNet+", { blocks: 20, dropout: 0.1 }, 16_107_651],
  ["rcan", "as published, at scale 1", {}, 15_296_955],
  ["rcan", "scale 2", { scale: 2 }, 15_444_667],
  ["rcan", "scale 3", { scale: 3 }, 15_629_307],
  ["rcan", "scale 4", { scale: 4 }, 15_592_379],
  ["rcan", "scale 8", { scale: 8 }, 15_740_091],
  ["han", "as published, at scale 1", {}, 15_776_345],
  ["han", "scale 2", { scale: 2 }, 15_924_057],
  ["han", "scale 3", { scale: 3 }, 16_108_697],
  ["han", "scale 4", { scale: 4 }, 16_071_769],
  ["han", "scale 8", { scale: 8 }, 16_219_481],
  ["han", "with attention between the groups alone, which fits the paper's table", { attendLast: false }, 15_739_481],
  // Shapes in the manifests of the npm packages.
  ["rdn", "esrgan-slim, scale 2", { growth: 4, blocks: 2 }, 222_075],
  ["rdn", "esrgan-medium, scale 4", { scale: 4 }, 704_611],
  ["rrdn", "esrgan-thick, scale 2", {}, 7_239_968],
  // Published: 16.7 million; counted by PyTorch over bench/pytorch/enlarging.py.
  ["rrdb-net", "RealESRGAN_x4plus", {}, 16_697_987],
  ["rrdb-net", "RealESRGAN_x2plus", { scale: 2 }, 16_703_171],
  ["hinet", "for GoPro", {}, 88_668_806],
  ["hinet", "the published class's default", { normalisedLevels: [0, 4] }, 88_669_702],
  ["hinet", "for GoPro, half as wide", { width: 32 }, 22_176_070],
  ["mprnet", "for deblurring", {}, 20_127_073],
  ["deblurgan", "with 9 blocks", {}, 11_378_179],
  ["fpn-mobilenet", "as published", {}, 3_312_707],
  ["fpn-inception", "as published", {}, 60_929_291],
  ["dbgan", "as published", {}, 11_588_163],
  ["dbgan-small", "as published", {}, 1_773_971],
] as const)("%s %s", (architecture, _, options, count) => {
  expect(countParameters(counted[architecture](options).parameters)).toBe(count);
});

test("HAN's mean colour is fixed, RCAN's is trained", () => {
  const fixed = (network: Network) =>
    network.parameters.filter(({ trainable }) => !trainable).map(({ label }) => label);
  expect(fixed(counted.rcan({}))).toEqual([]);
  expect(fixed(counted.han({})).sort()).toEqual([
    "add_mean.bias",
    "add_mean.weight",
    "sub_mean.bias",
    "sub_mean.weight",
  ]);
});

test.each([
  ["patch", {}, 2_764_737],
  ["patch with batch normalisation", { normalisation: "batch" }, 2_765_633],
  ["of 4 layers", { layers: 4 }, 6_959_553],
  ["full", { layers: 5 }, 11_154_369],
  ["full with batch normalisation", { layers: 5, normalisation: "batch" }, 11_156_289],
])("DeblurGAN-v2's discriminator %s", (_, options, count) => {
  expect(countParameters(patchDiscriminator(patchDiscriminatorSchema.parse(options)).parameters)).toBe(count);
});

test("DeblurGAN-v2's discriminator of three scales", () => {
  expect(countParameters(multiScaleDiscriminator({ normalisation: "instance" }).parameters)).toBe(17_464_771);
});

test("DBGAN's reimplementation: the generator that blurs, and the discriminator", () => {
  expect(countParameters(blurGenerator(blurGeneratorSchema.parse({ architecture: "blur-generator" })).parameters)).toBe(
    326_339,
  );
  expect(countParameters(pictureDiscriminator().parameters)).toBe(5_213_569);
});

test("of DeblurGAN-v2's generators, what is never used and what is trained while the backbone is fixed", () => {
  for (const [network, unused, beside] of [
    [counted["fpn-mobilenet"]({}), 1_206_080, 1_088_835],
    [counted["fpn-inception"]({}), 25_089_192, 5_085_827],
  ] as const) {
    const { parameters, backbone } = network;
    expect(countParameters(parameters.filter(({ trainable }) => !trainable))).toBe(unused);
    expect(countParameters(parameters.filter(({ label }) => !label.startsWith(backbone!)))).toBe(beside);
  }
});
