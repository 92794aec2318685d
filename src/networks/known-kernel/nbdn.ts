/**
 * @file NBDN (Chen et al. 2021, Learning a Non-blind Deblurring Network for Night Blurry Images). The paper has no
 * published code. From its abstract: a confidence estimation unit, whose map lowers the weight of pixels that violate the
 * blur model, as saturated ones do; deconvolution by conjugate gradients with that map; a hyper-parameter estimation unit
 * in place of parameters set by hand. Chosen here: a prior on gradients that a network denoises (after Zhang et al. 2017,
 * Learning Fully Convolutional Networks for Iterative Non-blind Deconvolution), all layers and widths, the number of
 * stages and steps, and the border, whose confidence is zero.
 */
import * as z from "zod";
import { shapeError } from "../../base/errors.js";
import { add, mul, sub } from "../../graph/ops/arithmetic.js";
import { filled } from "../../graph/ops/constant.js";
import { abs, exp, sigmoid } from "../../graph/ops/elementwise.js";
import { mean } from "../../graph/ops/mean.js";
import { pad2d } from "../../graph/ops/pad2d.js";
import { broadcastTo } from "../../graph/ops/reduce.js";
import { relu } from "../../graph/ops/relu.js";
import { concat, reshape, slice } from "../../graph/ops/shape.js";
import type { Tensor } from "../../graph/tensor.js";
import { zeros } from "../../nn/init.js";
import { convLayer, type Layer, linearLayer } from "../../nn/layers.js";
import { type Init, Scope } from "../../nn/parameters.js";
import { noTap } from "../../nn/tap.js";
import { positiveCount } from "../counts.js";
import type { Network } from "../network.js";
import { deconvolutionBy, differences, solveWeighted } from "./conjugate-gradients.js";
import { inTurn } from "./layers.js";
import { normalised } from "./wiener.js";

const MOST_STEPS = 64;

export const nbdnSchema = z.strictObject({
  architecture: z.literal("nbdn"),
  stages: z.int().min(1).max(16).default(3).describe("stages, each with units of its own and a deconvolution"),
  steps: z.int().min(1).max(MOST_STEPS).default(6).describe("steps of conjugate gradients in each stage"),
  width: positiveCount.default(32).describe("channels inside the units"),
  depth: z.int().min(1).max(32).default(4).describe("residual blocks of the network that denoises gradients"),
});
export type NbdnConfig = z.infer<typeof nbdnSchema>;

/** Weight of the prior before training: the squared ratio of noise to gradients in an ordinary photo. */
const FIRST_LAMBDA = 0.01;
/** sigmoid(3): the confidence of all pixels before training is 0.95. */
const FIRST_CONFIDENCE = 3;
/** Side of all convolutions. */
const KERNEL = 3;

const all =
  (value: number): Init =>
  (shape) =>
    new Float32Array(shape.reduce((product, length) => product * length, 1)).fill(value);

/** Convolutions with rectifiers between them; the last one starts as a constant, `bias`. */
function convolutions(scope: Scope, widths: readonly number[], bias: number): Layer {
  const last = widths.length - 2;
  const layers = widths.slice(1).map((outChannels, i): Layer => {
    const first = i === last ? { init: zeros, biasInit: all(bias) } : {};
    const conv = convLayer(scope.child(i), { inChannels: widths[i]!, outChannels, kernel: KERNEL, ...first });
    return i === last ? conv : (x) => relu(conv(x));
  });
  return inTurn(layers);
}

interface Seen {
  readonly blurry: Tensor;
  /** The estimate blurred again. */
  readonly again: Tensor;
}

/** Confidence of each pixel and colour, 0 to 1, [N, 3, H, W]. */
function confidenceUnit(scope: Scope, width: number): (seen: Seen) => Tensor {
  const layers = convolutions(scope, [9, width, width, 3], FIRST_CONFIDENCE);
  return ({ blurry, again }) => sigmoid(layers(concat([blurry, again, abs(sub(blurry, again))], 1)));
}

/** Weight of the prior for each picture, [N, 1, 1, 1]. */
function parameterUnit(scope: Scope, width: number): (seen: Seen) => Tensor {
  const first = convLayer(scope.child(0), { inChannels: 6, outChannels: width, kernel: KERNEL });
  const second = convLayer(scope.child(1), { inChannels: width, outChannels: width, kernel: KERNEL });
  const last = linearLayer(scope.child(2), width, 1, { init: zeros, biasInit: all(Math.log(FIRST_LAMBDA)) });
  return ({ blurry, again }) => {
    const features = relu(second(relu(first(concat([again, sub(blurry, again)], 1)))));
    return reshape(exp(last(mean(features, { axes: [2, 3] }))), [blurry.shape[0]!, 1, 1, 1]);
  };
}

/** Gradients without noise and ringing, from those of the estimate: residual blocks. */
function gradientUnit(scope: Scope, width: number, depth: number): (x: Tensor) => readonly [Tensor, Tensor] {
  const enter = convLayer(scope.child("head"), { inChannels: 6, outChannels: width, kernel: KERNEL });
  const blocks = Array.from({ length: depth }, (_, i): Layer => {
    const [first, second] = [0, 1].map((j) =>
      convLayer(scope.child("body", i, j), { inChannels: width, outChannels: width, kernel: KERNEL }),
    ) as [Layer, Layer];
    return (x) => add(x, second(relu(first(x))));
  });
  const leave = convLayer(scope.child("tail"), {
    ...{ inChannels: width, outChannels: 6, kernel: KERNEL, init: zeros, biasInit: zeros },
  });
  return (x) => {
    const found = concat(differences(x), 1);
    const clean = add(found, leave(inTurn(blocks)(relu(enter(found)))));
    return [slice(clean, 1, 0, 3), slice(clean, 1, 3, 6)];
  };
}

/**
 * Outputs of each stage, the last one the result. The taps `confidence.N` and `lambda.N` receive what the units of stage
 * N estimate. Values are 0 .. 1.
 */
export function nbdn({ stages: count, steps, width, depth }: NbdnConfig): Network {
  const root = Scope.root();
  const stages = Array.from({ length: count }, (_, i) => {
    const scope = root.child("stages", i);
    return {
      confidence: confidenceUnit(scope.child("confidence"), width),
      lambda: parameterUnit(scope.child("parameter"), width),
      gradients: gradientUnit(scope.child("gradients"), width, depth),
    };
  });
  return {
    parameters: root.parameters(),
    inChannels: 3,
    outChannels: 3,
    takesKernel: true,
    multiple: 1,
    reachPx: null, // conjugate gradients see the whole picture
    forward({ image, kernel, tap = noTap }) {
      const blur = normalised(kernel);
      const [n, , side, columns] = blur.shape as [number, number, number, number];
      if (side !== columns || n !== image.shape[0])
        throw shapeError("nbdn: kernel", `[${image.shape[0]}, 1, k, k]`, blur.shape);
      const [height, width] = image.shape.slice(-2) as [number, number];
      const reach = side >> 1;
      const margins = { top: reach, bottom: reach, left: reach, right: reach };
      const cropped = (x: Tensor) => slice(slice(x, 2, reach, reach + height), 3, reach, reach + width);
      // The picture is periodic for the transforms. What lies beyond its border is unknown, as a clipped pixel is.
      const blurry = pad2d(image, margins, "replicate");
      const inside = pad2d(filled([1, 1, height, width], 1), margins, "zero");
      const [, , paddedHeight, paddedWidth] = blurry.shape as [number, number, number, number];
      const deconvolution = deconvolutionBy(blur, paddedHeight, paddedWidth);
      const outputs: Tensor[] = [];
      let x = blurry;
      for (const [i, stage] of stages.entries()) {
        const seen = { blurry, again: deconvolution.blur(x) };
        const confidence = mul(stage.confidence(seen), broadcastTo(inside, blurry.shape));
        const lambda = stage.lambda(seen);
        tap(`confidence.${i}`, () => cropped(confidence));
        tap(`lambda.${i}`, () => lambda);
        x = solveWeighted(deconvolution, { blurry, confidence, lambda, gradients: stage.gradients(x) }, x, steps);
        outputs.push(cropped(x));
      }
      return outputs;
    },
  };
}
