/**
 * @file Training of a network that restores, a predictor or one that is given the kernel of the blur: the distance
 * between its restoration and the sharp image.
 */
import * as z from "zod";
import { add, mul } from "../../graph/ops/arithmetic.js";
import { resample } from "../../graph/ops/resample.js";
import { input, type Tensor } from "../../graph/tensor.js";
import type { Network } from "../../networks/network.js";
import { RecordedStatistics } from "../../nn/running-statistics.js";
import { floats } from "../../runtime/session.js";
import { DropoutMasks } from "../dropout-masks.js";
import type { Objective } from "../objective.js";
import { lossTermOf, lossTermSchema } from "./loss-terms.js";

/** Distance from black to white. */
const RANGES = { signed: 2, unit: 1, bytes: 255 } as const satisfies Record<string, number>;
type Range = keyof typeof RANGES;

export const predictorTrainingSchema = z.strictObject({
  kind: z.literal("predictor"),
  loss: z
    .array(lossTermSchema)
    .min(1)
    .prefault([{ kind: "l1" }])
    .describe("terms of the loss, which are summed"),
  range: z
    .enum(Object.keys(RANGES) as [Range, ...Range[]])
    .default("signed")
    .describe(
      "values of black and white in all terms: -1 and 1, 0 and 1 (assumed by constants of published losses), or 0 and 255",
    ),
});
export type PredictorTraining = z.infer<typeof predictorTrainingSchema>;

/** Training of `model.knownKernel`. */
export const knownKernelTrainingSchema = predictorTrainingSchema.extend({ kind: z.literal("knownKernel") });

export interface BatchShape {
  readonly batchSize: number;
  readonly patchPx: number;
  /** Side of the kernels of a batch, if it has any. */
  readonly kernelPx?: number;
}

/** Sum of the weighted terms between P(y) and x_0, P(y, k) for a network that is given the kernel. */
export function predictorObjective(
  network: Network,
  { loss: terms, range }: Pick<PredictorTraining, "loss" | "range">,
  { batchSize, patchPx, kernelPx = 1 }: BatchShape,
): Objective {
  const shape = [batchSize, 3, patchPx, patchPx];
  const inputShape = [batchSize, network.inChannels, patchPx, patchPx];
  const y = input("y", inputShape);
  const x0 = input("x0", shape);
  const masks = new DropoutMasks();
  const statistics = new RecordedStatistics();
  const kernelShape = [batchSize, 1, kernelPx, kernelPx];
  const kernel = network.takesKernel ? input("kernel", kernelShape) : null;
  const given = kernel ? { kernel } : {};
  const outputs = network.forward({ image: y, ...given, dropout: masks.dropout, statistics });
  // Terms depend on differences only, so changing the range needs a factor but no offset.
  const inRange = (image: Tensor): Tensor => (range === "signed" ? image : mul(image, RANGES[range] / 2));
  const sharp = (size: readonly number[]): Tensor =>
    size[0] === patchPx && size[1] === patchPx ? x0 : resample(x0, { mode: "bilinear", size });
  const loss = terms
    .flatMap(({ kind, weight, outputs: which }) =>
      (which === "all" ? outputs : outputs.slice(-1)).map((output) =>
        mul(lossTermOf(kind)(inRange(output), inRange(sharp(output.shape.slice(-2)))), weight),
      ),
    )
    .reduce((sum, term) => add(sum, term));
  return {
    parameters: network.parameters,
    inputs: [y, x0, ...(kernel ? [kernel] : []), ...masks.inputs],
    updates: statistics.updates,
    loss,
    feeds: (batch, rng) => ({
      y: floats(batch.y, inputShape),
      x0: floats(batch.x0, shape),
      ...(kernel ? { kernel: floats(batch.kernels!, kernelShape) } : {}),
      ...masks.values(rng.fork("dropout")),
    }),
  };
}
