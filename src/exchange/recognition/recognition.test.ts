/** @file Recovery of a network's settings from the names and shapes of its parameters. */
import { expect, test } from "vitest";
import { createNetwork, networkConfigSchema } from "../../networks/catalog.js";
import { countParameters } from "../../nn/parameters.js";
import { RECOGNISED, RECOGNISERS, recogniseNetwork } from "./catalog.js";
import { CheckpointShapes } from "./shapes.js";

/** A checkpoint as PyTorch saves it: all parameters, a shared one under all its names. */
function checkpointOf(architecture: string, options: object = {}): CheckpointShapes {
  const { parameters, aliases = new Map() } = createNetwork(networkConfigSchema.parse({ architecture, ...options }));
  const shapes = new Map(parameters.map(({ label, shape }) => [label, shape]));
  for (const [alias, label] of aliases) shapes.set(alias, shapes.get(label)!);
  const white = "rgbRange" in options ? Number(options.rgbRange) : 255;
  return new CheckpointShapes(shapes, () => 0.4488 * white);
}

const without = ({ shapes, firstValue }: CheckpointShapes, ...names: string[]) =>
  new CheckpointShapes(new Map([...shapes].filter(([name]) => !names.includes(name))), firstValue);
const withTensors = ({ shapes, firstValue }: CheckpointShapes, more: Record<string, number[]>) =>
  new CheckpointShapes(new Map([...shapes, ...Object.entries(more)]), firstValue);
const refusal = (checkpoint: CheckpointShapes, overrides = {}): string => {
  try {
    return `recognised ${recogniseNetwork(checkpoint, "a.pth", overrides).config.architecture}`;
  } catch (error) {
    return `${(error as { code?: string }).code}: ${(error as Error).message}`;
  }
};

const SMALL = [
  ["rcan", { groups: 2, blocks: 3, features: 8, reduction: 2, rgbRange: 255 }],
  ["rcan", { groups: 3, blocks: 1, features: 16, reduction: 4, scale: 4, rgbRange: 1 }],
  ["rcan", { groups: 1, blocks: 1, features: 8, reduction: 2, scale: 3, rgbRange: 255 }],
  ["han", { groups: 2, blocks: 1, features: 8, reduction: 2, attendLast: false }],
  ["han", { groups: 3, blocks: 2, features: 8, reduction: 4, attendLast: true }],
  ["rdn", { features: 8, growth: 4, convs: 2, blocks: 3, scale: 3 }],
  ["rdn", { features: 4, growth: 2, convs: 1, blocks: 1, scale: 8 }],
  ["rrdn", { features: 8, growth: 4, convs: 3, denseBlocks: 2, blocks: 3, scale: 4 }],
  ["rrdb-net", { features: 8, growth: 4, blocks: 2, scale: 4 }],
  ["rrdb-net", { features: 4, growth: 2, blocks: 1, scale: 2 }],
  ["hinet", { width: 4, depth: 3, normalisedLevels: [1, 2] }],
  ["mprnet", { features: 8, featuresPerScale: 4, extraFeatures: 6, blocks: 2, reduction: 2 }],
  ["mimo-unet", { width: 8, blocks: 3 }],
  ["maxim", { features: 8, stages: 2, ends: "output", coarseOutputs: false }],
  ["maxim", { features: 4, stages: 1, ends: "attention", inChannels: 6, coarseOutputs: true }],
  ["nafnet", { width: 8, encoderBlocks: [1, 0, 3], middleBlocks: 2, decoderBlocks: [2, 1, 0] }],
  ["nafnet", { width: 4, encoderBlocks: [1], middleBlocks: 0, decoderBlocks: [1] }],
  ["deblurgan", { width: 4, blocks: 2, normalisation: "batch", dropout: 0.5 }],
  ["dbgan", { width: 8, blocks: 1 }],
  ["dbgan", { width: 4, blocks: 2 }],
  ["dbgan-small", { width: 8, blocks: 2 }],
  ["deblurgan", { width: 8, blocks: 3, normalisation: "instance", dropout: 0 }],
  ["fpn-mobilenet", { filters: 8, pyramidFilters: 16, widthMultiplier: 0.27, normalisation: "instance" }],
  ["fpn-mobilenet", { filters: 4, pyramidFilters: 8, widthMultiplier: 0.25, normalisation: "batch" }],
  ["conditional-unet", { width: 16, multipliers: [1, 2, 2], blocksPerLevel: 1, groups: 16 }],
  ["conditional-unet", { width: 12, multipliers: [1, 3], blocksPerLevel: 2, groups: 4, inChannels: 4, outChannels: 1 }],
  ["sr3", { width: 32, multipliers: [1, 2, 4], blocksPerLevel: 2, attentionLevels: [1] }],
  ["sr3", { width: 32, multipliers: [1, 1, 2, 2], blocksPerLevel: 1, attentionLevels: [0, 3] }],
  ["sr3", { width: 32, multipliers: [2], blocksPerLevel: 1, attentionLevels: [] }],
] as const;

test.each(SMALL)("%s %o", (architecture, options) => {
  const checkpoint = checkpointOf(architecture, options);
  const all = RECOGNISED.filter((name) => RECOGNISERS[name]!.recognise(checkpoint));
  expect(all).toEqual([architecture]); // and no other architecture
  const { config, network } = recogniseNetwork(checkpoint, "a.pth");
  expect(config).toMatchObject({ architecture, ...options });
  const made = createNetwork(networkConfigSchema.parse({ architecture, ...options }));
  expect(network.parameters.map(({ label, shape }) => `${label} ${shape}`)).toEqual(
    made.parameters.map(({ label, shape }) => `${label} ${shape}`),
  );
});

// Counted by PyTorch over the published code.
test.each([
  ["conditional-unet", {}, 20_743_011],
  ["sr3", { width: 64, multipliers: [1, 2, 4, 8, 8], attentionLevels: [3] }, 97_807_491],
  ["sr3", { width: 64, multipliers: [1, 2, 4, 8, 16], blocksPerLevel: 1, groups: 16 }, 155_334_339],
  ["rcan", {}, 15_296_955],
  ["han", {}, 15_776_345],
  ["hinet", {}, 88_668_806],
  ["hinet", { width: 32 }, 22_176_070],
  ["mprnet", {}, 20_127_073],
  ["mimo-unet", {}, 6_807_171],
  ["mimo-unet", { blocks: 20 }, 16_107_651],
  ["deblurgan", {}, 11_378_179],
  ["fpn-mobilenet", {}, 3_312_707],
  ["fpn-inception", {}, 60_929_291],
  ["dbgan", {}, 11_588_163],
  ["dbgan-small", {}, 1_773_971],
  ["nafnet", { pooling: { kind: "local", trainPx: 256 } }, 17_111_907],
  ["nafnet", { pooling: { kind: "local", trainPx: 256 }, width: 64 }, 67_888_835],
] as const)("as published: %s %o", (architecture, options, count) => {
  const { config, network } = recogniseNetwork(checkpointOf(architecture, options), "a.pth");
  const { dropout: _, ...published } = { dropout: 0, ...networkConfigSchema.parse({ architecture, ...options }) };
  expect(config).toMatchObject(published); // dropout leaves no trace and applies in training only
  expect(countParameters(network.parameters)).toBe(count);
});

test("a setting that leaves no trace is reported and can be overridden", () => {
  const checkpoint = checkpointOf("conditional-unet", { width: 16, multipliers: [1, 2], groups: 8 });
  expect(recogniseNetwork(checkpoint, "a.pth")).toMatchObject({
    config: { groups: 16 },
    assumed: ["groups", "attention"],
  });
  expect(recogniseNetwork(checkpoint, "a.pth", { groups: 8 })).toMatchObject({
    config: { groups: 8 },
    assumed: ["attention"],
  });
  expect(refusal(checkpoint, { width: 8 })).toMatch(/^checkpoint: a.pth: looks like conditional-unet .* shapes differ/);
  expect(refusal(checkpoint, { depth: 8 })).toMatch(/not valid together.*depth/s);
});

test("a missing alias is accepted; a missing, additional or misshapen tensor is named", () => {
  const small = { features: 8, featuresPerScale: 4, extraFeatures: 6, blocks: 1, reduction: 2 };
  const mprnet = checkpointOf("mprnet", small);
  const [alias] = createNetwork(
    networkConfigSchema.parse({ architecture: "mprnet", ...small }),
  ).aliases!.keys() as Iterable<string>;
  if (!alias) throw new Error("MPRNet's slope has one name only");
  expect(refusal(without(mprnet, alias))).toBe("recognised mprnet");
  expect(refusal(withTensors(mprnet, { [alias]: [2] }))).toContain(`shapes differ: "${alias}" is [2] instead of [1]`);

  const nafnet = checkpointOf("nafnet", { width: 8 });
  expect(refusal(without(nafnet, "ups.0.0.weight"))).toContain('1 of its tensors are missing: "ups.0.0.weight"');
  expect(refusal(withTensors(nafnet, { "vgg.0.weight": [3, 3] }))).toContain('1 additional tensors: "vgg.0.weight"');
  expect(refusal(withTensors(nafnet, { "intro.weight": [0, 3, 3, 3] }))).toMatch(/not valid together: .*width/s);
});

test("an unknown network is described, with the nearest known one", () => {
  const restormer = { "patch_embed.proj.weight": [48, 3, 3, 3], "encoder_level1.0.norm1.body.weight": [48] };
  const unknown = new CheckpointShapes(new Map(Object.entries(restormer)), () => 0);
  expect(refusal(unknown)).toMatch(
    /^checkpoint: a.pth: its network is unknown: 2 tensors, "patch_embed.proj.weight" \[48,3,3,3\], .*; none of .*known networks: conditional-unet, .*nafnet, maxim, .*fpn-inception, dbgan, dbgan-small$/,
  );
  const half = without(checkpointOf("nafnet"), "intro.weight");
  expect(refusal(half)).toMatch(/the nearest network is nafnet, with \d+ of the checkpoint's \d+ name patterns/);
  expect(refusal(new CheckpointShapes(new Map(), () => 0))).toContain("contains no tensors of layers");
});
