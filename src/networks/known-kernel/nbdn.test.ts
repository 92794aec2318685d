/** @file NBDN's deconvolution: what it recovers and ignores, and the gradients of the whole network in float64. */
import { expect, test } from "vitest";
import { createRuntime } from "../../../platform/node/threads/runtime.js";
import { aliveWeights } from "../../../test/oracle/alive-weights.js";
import { expectClose } from "../../../test/oracle/close.js";
import { interpret } from "../../../test/oracle/onnx-interpreter.js";
import { Rng } from "../../base/random.js";
import { compile, lower } from "../../graph/compile.js";
import { gradients } from "../../graph/gradients.js";
import { add } from "../../graph/ops/arithmetic.js";
import { square } from "../../graph/ops/elementwise.js";
import { mean } from "../../graph/ops/mean.js";
import { input } from "../../graph/tensor.js";
import { countParameters, initialWeights } from "../../nn/parameters.js";
import { collectTaps } from "../../nn/tap.js";
import { floatResult, floats } from "../../runtime/session.js";
import { deconvolutionBy, differences, solveWeighted } from "./conjugate-gradients.js";
import { nbdn, nbdnSchema } from "./nbdn.js";

const rng = Rng.fromSeed(41);
const [HEIGHT, WIDTH] = [14, 18];
/** A motion to the upper right, not symmetric in any way. */
const KERNEL = [0, 0.05, 0.2, 0, 0.6, 0.05, 0.1, 0, 0];

/** Periodic convolution with a 3x3 kernel by its definition, [H, W]. */
function blurred(picture: ArrayLike<number>): Float64Array {
  return Float64Array.from({ length: HEIGHT * WIDTH }, (_, i) => {
    const [y, x] = [Math.floor(i / WIDTH), i % WIDTH];
    let sum = 0;
    for (let u = -1; u <= 1; u++)
      for (let v = -1; v <= 1; v++) {
        const row = (y - u + HEIGHT) % HEIGHT;
        const column = (x - v + WIDTH) % WIDTH;
        sum += KERNEL[(u + 1) * 3 + v + 1]! * picture[row * WIDTH + column]!;
      }
    return sum;
  });
}

interface Given {
  readonly blurry: ArrayLike<number>;
  readonly confidence: ArrayLike<number>;
  readonly prior: ArrayLike<number>;
}

/** The solutions in `steps` steps for pictures of one channel, with the gradients of `prior`. */
async function solved(
  problems: readonly Given[],
  { lambda, steps }: { lambda: number; steps: number },
): Promise<readonly Float32Array[]> {
  const shape = [1, 1, HEIGHT, WIDTH];
  const inputs = {
    blurry: input("blurry", shape),
    confidence: input("confidence", shape),
    prior: input("prior", shape),
  };
  const kernel = input("kernel", [1, 1, 3, 3]);
  const { blurry, confidence, prior } = inputs;
  const problem = { blurry, confidence, gradients: differences(prior), lambda };
  const x = solveWeighted(deconvolutionBy(kernel, HEIGHT, WIDTH), problem, blurry, steps);
  const graph = compile({ inputs: [...Object.values(inputs), kernel], outputs: { x } });
  await using session = await createRuntime({ threads: 1 }).open(graph);
  const results: Float32Array[] = [];
  for (const given of problems) {
    const values = Object.entries(given).map(([name, data]) => [name, floats(Float32Array.from(data), shape)] as const);
    const feeds = { ...Object.fromEntries(values), kernel: floats(Float32Array.from(KERNEL), [1, 1, 3, 3]) };
    results.push(floatResult(await session.run(feeds), "x"));
  }
  return results;
}

const sharp = rng.fork("sharp").uniforms(HEIGHT * WIDTH);
const ones = sharp.map(() => 1);
const flat = sharp.map(() => 0);

test("without noise the blur is undone", async () => {
  const blurry = blurred(sharp);
  const [found] = await solved([{ blurry, confidence: ones, prior: flat }], { lambda: 0, steps: 60 });
  expectClose(found!, sharp, { rtol: 0, atol: 2e-3 });
});

test("a pixel without confidence says nothing: what its value is changes no result", async () => {
  const blurry = blurred(sharp);
  const confidence = sharp.map((_, i) => (i % 7 === 3 ? 0 : 1));
  const spoilt = blurry.map((value, i) => (i % 7 === 3 ? 1 : value));
  // The start is the blurry picture, so both have converged.
  const [first, second, trusted] = await solved(
    [
      { blurry, confidence, prior: sharp },
      { blurry: spoilt, confidence, prior: sharp },
      { blurry: spoilt, confidence: ones, prior: sharp },
    ],
    { lambda: 0.01, steps: 50 },
  );
  expectClose(second!, first!, { rtol: 0, atol: 1e-3 });
  expect(Math.max(...trusted!.map((value, i) => Math.abs(value - first![i]!)))).toBeGreaterThan(0.1);
});

test("a strong prior draws the gradients to the given ones", async () => {
  const problem = { blurry: blurred(sharp), confidence: ones, prior: flat };
  const [found] = await solved([problem], { lambda: 1e4, steps: 50 });
  const level = sharp.reduce((sum, value) => sum + value, 0) / sharp.length;
  expectClose(
    found!,
    ones.map(() => level),
    { rtol: 0, atol: 2e-3 },
  );
});

const config = nbdnSchema.parse({ architecture: "nbdn", stages: 2, steps: 2, width: 2, depth: 1 });

test("gradients of a third of the parameters against central differences, in float64", () => {
  const network = nbdn(config);
  const [image, kernel] = [input("image", [2, 3, 4, 5]), input("kernel", [2, 1, 3, 3])];
  const loss = network
    .forward({ image, kernel })
    .map((output) => mean(square(output)))
    .reduce((sum, term) => add(sum, term));
  const inputs = [...network.parameters, image, kernel];
  const own = gradients(loss, network.parameters);
  const weights = aliveWeights(network.parameters, { initial: rng, instead: rng.fork("alive"), scale: 0.3 });
  const feeds: Record<string, Float64Array> = {
    ...Object.fromEntries([...weights].map(([label, values]) => [label, Float64Array.from(values)])),
    image: Float64Array.from(rng.fork("image").uniforms(2 * 3 * 20)),
    kernel: Float64Array.from([...KERNEL, ...KERNEL.toReversed()]),
  };
  const lossAt = lower({ inputs, outputs: { loss } });
  const outputs = Object.fromEntries(own.map((gradient, i) => [network.parameters[i]!.label, gradient]));
  const found = interpret(lower({ inputs, outputs }), feeds);
  const STEP = 1e-4;
  // Weights and biases of all units of both stages are among them.
  for (const { label, size } of network.parameters.filter((_, i) => i % 3 === 1)) {
    const at = rng.fork(label).integer(size);
    const moved = (by: number) => {
      const values = feeds[label]!.slice();
      values[at]! += by;
      return interpret(lossAt, { ...feeds, [label]: values }).loss![0]!;
    };
    const expected = (moved(STEP) - moved(-STEP)) / (2 * STEP);
    expectClose([found[label]![at]!], [expected], { rtol: 2e-3, atol: 1e-8 });
  }
});

test("before training the confidence is 0.95 inside the picture, the prior's weight 0.01, and results are sharper", async () => {
  const network = nbdn({ ...config, stages: 3, steps: 8 });
  const shape = [1, 3, 40, 40];
  const [image, kernel] = [input("image", shape), input("kernel", [1, 1, 5, 5])];
  const { tap, found } = collectTaps(() => true);
  const result = network.forward({ image, kernel, tap }).at(-1)!;
  const graph = compile({
    inputs: [...network.parameters, image, kernel],
    outputs: { result, ...Object.fromEntries(found) },
  });
  const weights = initialWeights(network.parameters, Rng.fromSeed(1));
  await using session = await createRuntime({ threads: 1 }).open(graph);
  // Squares of 5 px; every row is averaged over five pixels. Beyond the picture the squares go on.
  const grey = Rng.fromSeed(2).uniforms(400);
  const at = (x: number, y: number) => grey[20 * Math.floor((y + 10) / 5) + Math.floor((x + 10) / 5)]!;
  const picture = (of: (x: number, y: number) => number) =>
    Float32Array.from({ length: 3 * 1600 }, (_, i) => of(i % 40, Math.floor((i % 1600) / 40)));
  const truth = picture(at);
  const blurry = picture((x, y) => [-2, -1, 0, 1, 2].reduce((sum, d) => sum + at(x + d, y), 0) / 5);
  const values = await session.run({
    ...Object.fromEntries(
      network.parameters.map(({ label, shape: of }) => [label, floats(weights.get(label)!, of)] as const),
    ),
    image: floats(blurry, shape),
    kernel: floats(new Float32Array(25).fill(1, 10, 15), [1, 1, 5, 5]),
  });
  expectClose(floatResult(values, "lambda.0"), [0.01], { rtol: 1e-5, atol: 0 });
  const confidence = floatResult(values, "confidence.2");
  expectClose(
    confidence,
    confidence.map(() => 1 / (1 + Math.exp(-3))),
    { rtol: 1e-5, atol: 0 },
  );
  const error = (found: Float32Array) => found.reduce((sum, value, i) => sum + (value - truth[i]!) ** 2, 0);
  expect(error(floatResult(values, "result"))).toBeLessThan(0.2 * error(blurry));
});

test("the default has as many parameters as its layers add up to", () => {
  const conv = (from: number, to: number) => 9 * from * to + to;
  const unit = conv(9, 32) + conv(32, 32) + conv(32, 3);
  const parameter = conv(6, 32) + conv(32, 32) + 33;
  const prior = conv(6, 32) + 8 * conv(32, 32) + conv(32, 6);
  expect(countParameters(nbdn(nbdnSchema.parse({ architecture: "nbdn" })).parameters)).toBe(
    3 * (unit + parameter + prior),
  );
});
