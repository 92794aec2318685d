/** @file From the names and shapes of a network's parameters back to the settings it was made from. */
import { expect, test } from "vitest";
import { countParameters } from "../../nn/parameters.js";
import { createNetwork, networkConfigSchema } from "../catalog.js";
import { recogniseHinet, recogniseMimoUnet, recogniseMprnet } from "./deblurring.js";
import { recogniseHan, recogniseRcan } from "./residual-groups.js";
import { CheckpointShapes, type Recognise } from "./shapes.js";

const RECOGNISERS: Readonly<Record<string, Recognise>> = {
  rcan: recogniseRcan,
  han: recogniseHan,
  hinet: recogniseHinet,
  mprnet: recogniseMprnet,
  "mimo-unet": recogniseMimoUnet,
};

test.each([
  ["rcan", { groups: 2, blocks: 3, features: 8, reduction: 2, rgbRange: 255 }],
  ["rcan", { groups: 3, blocks: 1, features: 16, reduction: 4, scale: 4, rgbRange: 1 }],
  ["han", { groups: 2, blocks: 1, features: 8, reduction: 2, attendLast: false }],
  ["han", { groups: 3, blocks: 2, features: 8, reduction: 4, attendLast: true }],
  ["hinet", { width: 4, depth: 3, normalisedLevels: [1, 2] }],
  ["mprnet", { features: 8, featuresPerScale: 4, extraFeatures: 6, blocks: 2, reduction: 2 }],
  ["mimo-unet", { width: 8, blocks: 3 }],
] as const)("%s %o", (architecture, options) => {
  const network = createNetwork(networkConfigSchema.parse({ architecture, ...options }));
  const white = "rgbRange" in options ? options.rgbRange : 255;
  const checkpoint = new CheckpointShapes(
    new Map(network.parameters.map(({ label, shape }) => [label, shape])),
    () => 0.4488 * white,
  );
  const recognised = Object.entries(RECOGNISERS).flatMap(([name, recognise]) => {
    const settings = recognise(checkpoint);
    return settings ? [{ name, settings }] : [];
  });
  expect(recognised.map(({ name }) => name)).toEqual([architecture]); // and no other
  const { settings } = recognised[0]!;
  expect(settings).toMatchObject(options);
  const again = createNetwork(networkConfigSchema.parse({ architecture, ...settings }));
  expect(countParameters(again.parameters)).toBe(countParameters(network.parameters));
});
