import { describe, expect, test } from "vitest";
import { inOrder } from "../graph/compile.js";
import { multiplyAdds } from "../graph/multiply-adds.js";
import { input } from "../graph/tensor.js";
import { countParameters } from "../nn/parameters.js";
import { collectTaps } from "../nn/tap.js";
import { conditionalUnet, conditionalUnetSchema } from "./conditional-unet.js";

const create = (options: object) =>
  conditionalUnet(conditionalUnetSchema.parse({ architecture: "conditional-unet", ...options }));
const small = { width: 8, multipliers: [1, 2, 2], groups: 4, blocksPerLevel: 1 };

const forward = (options: object, side = 16) => {
  const { tap, found } = collectTaps(() => true);
  const outputs = create(options).forward({
    image: input("image", [1, 6, side, side]),
    level: input("level", [1, 1]),
    tap,
  });
  const queries = [...found.keys()].filter((name) => name.endsWith("queries"));
  return { outputs, found, attending: queries.map((name) => name.slice(0, name.indexOf(".attn"))) };
};

test.each([
  { attention: "none" },
  { attention: "softmax" },
  { attention: "softmax", attentionLevels: [3], attentionResidual: true },
  { attention: "linear", attentionLevels: [1, 2] },
])("every variant has the parameters of the paper's network, under the same names: %j", (variant) => {
  const paper = create({}).parameters;
  const { parameters } = create(variant);
  expect(countParameters(parameters)).toBe(20_743_011);
  expect(parameters.map(({ label }) => label).sort()).toEqual(paper.map(({ label }) => label).sort());
});

describe("blocks with attention", () => {
  test("all but the second middle block, unless levels are chosen", () => {
    const all = ["downs.1", "downs.3", "downs.5", "mid.0", ...[0, 1, 3, 4, 6, 7].map((i) => `ups.${i}`)];
    expect(forward(small).attending).toEqual(all);
    expect(forward({ ...small, attention: "softmax" }).attending).toEqual(all);
    expect(forward({ ...small, attention: "none" }).attending).toEqual([]);
  });

  test.each(["linear", "softmax"])(
    "those of the chosen levels; the middle belongs to the coarsest: %s",
    (attention) => {
      const at = (...attentionLevels: number[]) => forward({ ...small, attention, attentionLevels }).attending;
      expect(at(2)).toEqual(["downs.5", "mid.0", "ups.0", "ups.1"]);
      expect(at(0)).toEqual(["downs.1", "ups.6", "ups.7"]);
      expect(at()).toEqual([]);
    },
  );

  test("a level that does not exist is refused", () => {
    expect(() => create({ ...small, attentionLevels: [3] })).toThrow(/attentionLevels.*0 \(finest\) to 2.*3/);
  });
});

test("unused taps cost nothing, and every block has one", () => {
  const seen = forward(small);
  const image = input("image", [1, 6, 16, 16]);
  const unseen = create(small).forward({ image, level: input("level", [1, 1]) });
  expect(inOrder(seen.outputs)).toHaveLength(inOrder(unseen).length);
  const blocks = [...seen.found.keys()].filter((name) => !name.includes("attn"));
  expect(blocks).toEqual([
    ...[1, 2, 3, 4, 5].map((i) => `downs.${i}`),
    ...["mid.0", "mid.1"],
    ...[0, 1, 2, 3, 4, 5, 6, 7].map((i) => `ups.${i}`),
  ]);
});

test("softmax attention is a small part of the cost at coarse levels and is refused at the finest", () => {
  const frame = (options: object) => {
    const image = input("image", [1, 6, 720, 1280]);
    return multiplyAdds(create(options).forward({ image, level: input("level", [1, 1]) }));
  };
  const coarse = { attention: "softmax", attentionLevels: [3] };
  // Six blocks of level 3 have attention (two down, one in the middle, three up): 14,400 positions, 192 channels, two
  // products each.
  const pairs = 6 * 2 * 192 * (160 * 90) ** 2;
  const projections = 6 * 4 * 192 ** 2 * 160 * 90;
  expect(frame(coarse) - frame({ attention: "none" })).toBe(pairs + projections);
  expect(() => frame({ attention: "softmax" })).toThrow(/softmax attention.*coarser levels/);
});
