import { expect, test } from "vitest";
import { mean } from "../graph/ops/mean.js";
import { input } from "../graph/tensor.js";
import { DropoutMasks } from "../training/dropout-masks.js";
import { mimoUnet, mimoUnetSchema } from "./mimo-unet.js";

const create = (options: object) => mimoUnet(mimoUnetSchema.parse({ architecture: "mimo-unet", width: 8, ...options }));

test("dropout drops whole channels, with a mask of one value per channel", () => {
  const image = input("image", [2, 3, 16, 16]);
  const masks = new DropoutMasks();
  mean(create({ blocks: 1, dropout: 0.1 }).forward({ image, dropout: masks.dropout }).at(-1)!);
  expect(masks.inputs.map(({ shape }) => shape)).toEqual([
    [2, 16, 1, 1],
    [2, 8, 1, 1],
  ]);
});
