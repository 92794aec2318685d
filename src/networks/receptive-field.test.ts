/**
 * @file The stated reach of networks against a single changed pixel: nothing beyond the reach changes, and something at
 * its limit does.
 */
import { expect, test } from "vitest";
import { createRuntime } from "../../platform/node/threads/runtime.js";
import { aliveWeights } from "../../test/oracle/alive-weights.js";
import { Rng } from "../base/random.js";
import { compile } from "../graph/compile.js";
import { input } from "../graph/tensor.js";
import { bindWeights, type Parameter, type Weights } from "../nn/parameters.js";
import { floatResult, floats } from "../runtime/session.js";
import { ARCHITECTURES, createNetwork, networkConfigSchema } from "./catalog.js";
import type { Network } from "./network.js";

const SEEING_LIMITED = [
  ["residual-unet", { inChannels: 3, unshuffle: 2, widths: [4, 4], blocks: [1, 1], middleBlocks: 1 }],
  ["residual-unet", { inChannels: 3, unshuffle: 1, widths: [4, 4, 4], blocks: [1, 0, 1], middleBlocks: 0 }],
  ["residual-unet", { inChannels: 3, unshuffle: 4, widths: [4], blocks: [1], middleBlocks: 1 }],
  ["residual-unet", { inChannels: 3, widths: [4, 4], blocks: [1, 1], middleBlocks: 1, normalise: true }],
  ["residual-unet", { inChannels: 3, widths: [2, 2, 2], blocks: [1, 2, 3], middleBlocks: 2, addInput: true }],
  [
    "motion-bank",
    {
      inChannels: 3,
      widths: [4, 4, 4, 4],
      blocks: [1, 0, 1, 1],
      lastBlocks: 1,
      scales: [{ shrink: 2, motions: [{ lengthPx: 3, directions: 2 }], taps: 5 }],
    },
  ],
  [
    "motion-bank",
    {
      inChannels: 3,
      widths: [2, 2, 2, 2],
      blocks: [0, 0, 0, 0],
      lastBlocks: 0,
      scales: [{ shrink: 4, motions: [{ lengthPx: 4, directions: 2 }], taps: 33 }],
    },
  ],
  ["rdn", { features: 4, growth: 2, convs: 2, blocks: 2, scale: 3 }],
  ["rrdn", { features: 4, growth: 2, convs: 2, denseBlocks: 2, blocks: 1, scale: 2 }],
  ["rrdb-net", { features: 4, growth: 2, blocks: 1, scale: 4 }],
  ["rrdb-net", { features: 4, growth: 2, blocks: 1, scale: 2 }],
  ["mimo-unet", { width: 8, blocks: 1 }],
  ["mimo-unet", { width: 8, blocks: 2 }],
  ["dbgan", { width: 4, blocks: 1 }],
  ["blur-generator", { width: 4, blocks: 0 }],
  ["blur-generator", { width: 4, blocks: 3, addInput: true }],
] as const;

/**
 * Weights that carry a change as far as possible: one corner of each kernel, and the opposite corner of transposed
 * convolutions (which flip the kernel). A change moves by one pixel per layer and keeps its size, so rounding does
 * not lose it.
 */
function carrying(parameters: readonly Parameter[], corner: "first" | "last", biases: number): Weights {
  return new Map(
    parameters.map(({ label, shape, size }) => {
      // Biases differ between channels, so that normalising the channels of each pixel does not remove a change.
      const values = Float32Array.from({ length: size }, (_, i) => (shape.length === 4 ? 0 : biases * (i + 1)));
      const [, inputs = 0, height = 0, width = 0] = shape;
      const taps = height * width;
      const flipped = height === 4 || label.includes("convtran");
      const first = (corner === "first") === !flipped;
      if (shape.length === 4) for (let at = first ? 0 : taps - 1; at < size; at += taps) values[at] = 1 / inputs;
      return [label, values];
    }),
  );
}

/**
 * The largest distance at which a change of one pixel has an effect, over all positions within a square of the coarsest
 * scale.
 */
async function furthestChange(network: Network, weights: Weights): Promise<number> {
  const size = Math.ceil((2 * network.reachPx! + 40) / network.multiple) * network.multiple;
  const { inChannels } = network;
  const shape = [1, inChannels, size, size];
  const image = input("image", shape);
  const result = network.forward({ image }).at(-1)!;
  await using session = await createRuntime({ threads: 1 }).open(
    compile({ inputs: [image], outputs: { result }, weights: bindWeights(network.parameters, weights) }),
  );
  const run = async (data: Float32Array) => floatResult(await session.run({ image: floats(data, shape) }), "result");
  const { scale = 1 } = network; // distances are in pixels of the photo
  const photo = Rng.fromSeed(5).normals(inChannels * size * size);
  const before = await run(photo);
  let furthest = 0;
  for (let offset = 0; offset < network.multiple; offset++) {
    const centre = Math.floor(size / 2 / network.multiple) * network.multiple + offset;
    const changed = photo.slice();
    for (let c = 0; c < inChannels; c++) changed[(c * size + centre) * size + centre]! += 1000;
    const after = await run(changed);
    for (let i = 0; i < after.length; i++) {
      if (after[i] === before[i]) continue;
      const side = scale * size;
      const [x, y] = [i % side, Math.floor(i / side) % side].map((at) => Math.floor(at / scale)) as [number, number];
      furthest = Math.max(furthest, Math.abs(x - centre), Math.abs(y - centre));
    }
  }
  return furthest;
}

test.each(SEEING_LIMITED)("%s %o", async (architecture, options) => {
  const network = createNetwork(networkConfigSchema.parse({ architecture, ...options }));
  const rng = Rng.fromSeed(3);
  const drawn = aliveWeights(network.parameters, { initial: rng, instead: rng, scale: 0.3 });
  expect(await furthestChange(network, drawn)).toBeLessThanOrEqual(network.reachPx!);
  const carried = [];
  // A result that is clipped would be white everywhere.
  const biases = architecture === "dbgan" ? 0 : 0.1;
  for (const corner of ["first", "last"] as const)
    carried.push(await furthestChange(network, carrying(network.parameters, corner, biases)));
  // Normalisation attenuates a change in each layer until it is lost to rounding.
  const normalises = "normalise" in options || ("lastBlocks" in options && options.lastBlocks > 0);
  if (normalises) expect(Math.max(...carried)).toBeGreaterThan(network.reachPx! / 2);
  else expect(Math.max(...carried)).toBe(network.reachPx);
});

test("every architecture that states a finite reach is among these", () => {
  const limited = Object.keys(ARCHITECTURES).filter((architecture) => {
    const config = networkConfigSchema.safeParse({ architecture });
    return !config.success || createNetwork(config.data).reachPx !== null;
  });
  expect(limited).toEqual([...new Set(SEEING_LIMITED.map(([architecture]) => architecture))]);
});
