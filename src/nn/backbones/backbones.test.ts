/** @file Sizes of the published networks, and which checkpoint is recognised as which. */
import { expect, test } from "vitest";
import { countParameters } from "../parameters.js";
import { FEATURE_NETWORK_NAMES, type FeatureNetwork, featureParameters, recogniseFeatures } from "./catalog.js";

const shapesOf = (name: FeatureNetwork) => new Map(featureParameters(name).map(({ label, shape }) => [label, shape]));

test.each([
  ["alexnet", 2_469_696],
  ["squeezenet1_1", 722_496],
  ["vgg16", 14_714_688],
  ["vgg19", 20_024_384],
  // torchvision's 27,161,264 without the auxiliary (3,326,696) and the last classifier (2,049,000).
  ["inception", 21_785_568],
  ["dists", 2 * 1475],
] as const)("%s has %d trained values", (name, count) => {
  const trained = featureParameters(name).filter(({ label }) => !label.includes("running_"));
  expect(countParameters(trained)).toBe(count);
});

test("each is recognised by its own tensors, and by no fewer", () => {
  for (const name of FEATURE_NETWORK_NAMES) {
    const shapes = new Map<string, readonly number[]>(shapesOf(name));
    if (name === "inception") shapes.set("fc.weight", [1008, 2048]);
    expect(recogniseFeatures((key) => shapes.get(key))).toBe(name);
    shapes.delete([...shapes.keys()][1]!);
    expect(recogniseFeatures((key) => shapes.get(key))).toBe(null);
  }
});

test("torchvision's Inception has the same layers and other weights: 1000 classes are refused", () => {
  const shapes = new Map<string, readonly number[]>([...shapesOf("inception"), ["fc.weight", [1000, 2048]]]);
  expect(recogniseFeatures((key) => shapes.get(key))).toBe(null);
});
