/**
 * @file Every architecture of the catalog as a file for any size, against the same network in our engine, built for the
 * size.
 */
import { expect, test } from "vitest";
import { createRuntime } from "../../../platform/node/threads/runtime.js";
import { aliveWeights } from "../../../test/oracle/alive-weights.js";
import { Rng } from "../../base/random.js";
import { MICROSOFT } from "../../graph/emitter.js";
import { encodeModel } from "../../graph/onnx.js";
import { type Architecture, createNetwork, networkConfigSchema } from "../../networks/catalog.js";
import type { Network } from "../../networks/network.js";
import { type ExportedForm, exportNetwork } from "./export-network.js";
import { verifyExport } from "./verify-export.js";

const local = { pooling: { kind: "local", trainPx: 16 } } as const;
/** Several settings where another way through the network depends on them. */
const SETTINGS: { readonly [A in Architecture]: readonly object[] } = {
  "residual-unet": [
    { inChannels: 3, widths: [8, 12], blocks: [1, 1], addInput: true },
    { inChannels: 3, widths: [8], blocks: [1], unshuffle: 3, middleBlocks: 1, normalise: true },
    { inChannels: 6, widths: [8, 12], blocks: [1, 1], levelChannels: 8 },
  ],
  "motion-bank": [
    {
      widths: [4, 4, 8, 8],
      blocks: [1, 0, 1, 1],
      scales: [
        { shrink: 2, motions: [{ lengthPx: 3, directions: 2 }], radiiPx: [1], taps: 5 },
        { shrink: 4, motions: [{ lengthPx: 4, directions: 2 }], taps: 7 },
      ],
    },
  ],
  "conditional-unet": [
    { width: 8, multipliers: [1, 2, 2], groups: 4, blocksPerLevel: 1 },
    { width: 8, multipliers: [1, 2], groups: 4, blocksPerLevel: 1, attention: "softmax", attentionLevels: [1] },
    { inChannels: 9, width: 8, multipliers: [1, 2], groups: 4, blocksPerLevel: 1, attention: "none" },
  ],
  sr3: [{ width: 8, multipliers: [1, 2, 2], groups: 4, blocksPerLevel: 1, attentionLevels: [2] }],
  rcan: [{}, local].map((pooling) => ({ groups: 1, blocks: 1, features: 8, reduction: 2, ...pooling })),
  han: [{}, local].map((pooling) => ({ groups: 2, blocks: 1, features: 8, reduction: 2, ...pooling })),
  rdn: [{ features: 8, growth: 4, convs: 2, blocks: 2 }],
  rrdn: [{ features: 8, growth: 4, convs: 2, denseBlocks: 2, blocks: 1 }],
  "rrdb-net": [{ features: 8, growth: 4, blocks: 1, scale: 4 }],
  hinet: [{}, local].map((pooling) => ({ width: 4, depth: 3, normalisedLevels: [0, 2], ...pooling })),
  mprnet: [{}, local].map((pooling) => ({
    ...{ features: 8, featuresPerScale: 4, extraFeatures: 4, blocks: 1, reduction: 2 },
    ...pooling,
  })),
  "mimo-unet": [{ width: 8, blocks: 1 }],
  nafnet: [{}, local].map((pooling) => ({
    ...{ width: 8, encoderBlocks: [1, 1], middleBlocks: 1, decoderBlocks: [1, 1] },
    ...pooling,
  })),
  // What is appended to a photo depends on its size in steps.
  deblurgan: [],
  "fpn-mobilenet": [],
  "fpn-inception": [],
  dbgan: [{ width: 4, blocks: 1 }],
  "dbgan-small": [],
  "blur-generator": [], // restores nothing, and its layers are those of dbgan-small
  // Their transforms are matrices of the picture's size.
  dwdn: [],
  infwide: [],
  nbdn: [],
  maxim: [], // its grid and blocks are made for one size of tile
};
const CASES = Object.entries(SETTINGS).flatMap(([architecture, list]) =>
  list.map((settings) => networkConfigSchema.parse({ architecture, ...settings })),
);

const runtime = createRuntime({ threads: 1 });
const rng = Rng.fromSeed(5);
const result = { name: "restored", channels: 3, range: "unit" } as const;

function formOf(network: Network, takesLevel: boolean): ExportedForm {
  if (!takesLevel)
    return { pictures: [{ name: "blurry", channels: 3, range: "unit" }], takesLevel, result, clip: false };
  const known = Array.from(
    { length: network.inChannels / 3 - 1 },
    (_, i) => ({ name: `known${i}`, channels: 3, range: "unit" }) as const,
  );
  return {
    pictures: [...known, { name: "x_t", channels: 3, range: "signed" }],
    takesLevel,
    result: { ...result, range: "signed" },
    clip: false,
  };
}

test.each(CASES)("$architecture gives the same numbers at any size: %j", async (config) => {
  const network = createNetwork(config);
  const weights = aliveWeights(network.parameters, { initial: rng, instead: rng, scale: 0.1 });
  const form = formOf(network, network.inChannels > 3 || config.architecture === "sr3");
  const file = exportNetwork(network, weights, form);
  expect(file.nodes.filter(({ domain }) => domain === MICROSOFT)).toEqual([]);
  const sizes = [
    { height: 1, width: 2 },
    { height: 37, width: 29 },
    { height: 16, width: 48 },
  ];
  const errors = await verifyExport({ file: encodeModel(file), form, network, weights }, runtime, sizes);
  expect(Math.max(...errors.map(({ worst }) => worst))).toBeLessThan(2e-5);
});

test("a file of other weights than the network's is found out", async () => {
  const network = createNetwork(CASES[0]!);
  const weights = aliveWeights(network.parameters, { initial: rng, instead: rng, scale: 0.1 });
  const form = formOf(network, false);
  const file = encodeModel(exportNetwork(network, weights, form));
  const others = new Map(weights).set(
    "tail.bias",
    weights.get("tail.bias")!.map((value) => value + 0.001),
  );
  await expect(verifyExport({ file, form, network, weights: others }, runtime)).rejects.toMatchObject({
    code: "numeric",
    message: expect.stringMatching(/at 45 x 71 the file gives other numbers .* the file was not kept/),
  });
});
