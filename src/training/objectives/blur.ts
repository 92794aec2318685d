/**
 * @file Training of a generator that blurs, as DBGAN learns to blur (Zhang et al. 2020): the discriminators compare what
 * it makes of sharp photos with really blurred photos of other things, and a content loss keeps what the sharp photo
 * shows. The authors publish no code of it; the losses are those of reports about the paper.
 */
import * as z from "zod";
import { UnblurError } from "../../base/errors.js";
import { avgPool2d } from "../../graph/ops/pool2d.js";
import { concat } from "../../graph/ops/shape.js";
import { input, type Tensor } from "../../graph/tensor.js";
import { blurNoise, NOISE_CHANNELS } from "../../networks/blur-noise.js";
import { patchDiscriminatorSchema } from "../../networks/deblurgan/discriminators.js";
import type { Network } from "../../networks/network.js";
import { ADVERSARIAL_LOSS_NAMES } from "../../nn/losses/adversarial.js";
import { RecordedStatistics } from "../../nn/running-statistics.js";
import { floats } from "../../runtime/session.js";
import { DropoutMasks } from "../dropout-masks.js";
import type { Objective } from "../objective.js";
import { CONTENT_LOSSES, type ContentFeatures, contest } from "./adversarial.js";
import type { BatchShape } from "./predictor.js";

export const blurTrainingSchema = z.strictObject({
  kind: z.literal("blur"),
  content: z
    .enum(CONTENT_LOSSES)
    .default("perceptual")
    .describe(
      "loss between the generator's result and the sharp photo: perceptual compares pixels and VGG19's features, as DBGAN does, gram pixels and the style of VGG16's features; both need the network's weights (unblur import). l1 and l2 compare pixels alone",
    ),
  shrink: z
    .int()
    .min(1)
    .default(1)
    .describe(
      "side in pixels of the squares whose means the content loss compares; a shorter blur changes them little",
    ),
  adversarial: z
    .enum(ADVERSARIAL_LOSS_NAMES)
    .default("ragan-batch")
    .describe("loss of generator and discriminators; ragan-batch is the form of DBGAN's relativistic blur loss"),
  weight: z
    .number()
    .positive()
    .default(0.01)
    .describe("factor of the adversarial losses of generator and discriminators"),
  discriminators: z
    .array(patchDiscriminatorSchema)
    .min(1)
    .max(4)
    .default([{ width: 64, layers: 3, normalisation: "instance" }])
    .describe("discriminators, over whose losses a mean is taken"),
});
export type BlurTraining = z.infer<typeof blurTrainingSchema>;

/** The standard normal noise maps of a step, [N, 4, H, W]. */
function noiseOf(rng: Parameters<Objective["feeds"]>[1], { batchSize, patchPx }: BatchShape): Float32Array {
  const maps = new Float32Array(batchSize * NOISE_CHANNELS * patchPx * patchPx);
  for (let i = 0; i < batchSize; i++)
    maps.set(blurNoise(rng.fork(i), { width: patchPx, height: patchPx }), (i * maps.length) / batchSize);
  return maps;
}

/**
 * `content` is needed for losses that compare features. Batches are of unpaired photos: the generator blurs `x0`, and `y` is
 * really blurred. Throws `config` for patches that `shrink` does not divide.
 */
export function blurObjective(
  network: Network,
  training: BlurTraining,
  content: ContentFeatures | null,
  batch: BatchShape,
): Objective {
  const { batchSize, patchPx } = batch;
  const { shrink } = training;
  if (patchPx % shrink !== 0)
    throw new UnblurError("config", `objective.shrink must divide patchPx, ${patchPx}, got ${shrink}`);
  const shape = [batchSize, 3, patchPx, patchPx];
  const noiseShape = [batchSize, NOISE_CHANNELS, patchPx, patchPx];
  const [y, x0, noise] = [input("y", shape), input("x0", shape), input("noise", noiseShape)];
  const masks = new DropoutMasks();
  const statistics = new RecordedStatistics();
  const image = concat([x0, noise], 1);
  const made = network.forward({ image, dropout: masks.dropout, statistics }).at(-1)!;
  const compared = (picture: Tensor): Tensor => (shrink === 1 ? picture : avgPool2d(picture, { kernel: shrink }));
  const { inputs, feeds, ...rest } = contest({ made, real: y, target: x0 }, training, content, compared);
  return {
    ...rest,
    parameters: network.parameters,
    inputs: [y, x0, noise, ...masks.inputs, ...inputs],
    updates: statistics.updates,
    feeds: (pairs, rng, step) => ({
      y: floats(pairs.y, shape),
      x0: floats(pairs.x0, shape),
      noise: floats(noiseOf(rng.fork("noise"), batch), noiseShape),
      ...feeds(rng, step),
      ...masks.values(rng.fork("dropout")),
    }),
  };
}
