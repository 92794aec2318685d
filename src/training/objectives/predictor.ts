/** @file Training a predictor: the distance between its result and the sharp image. */
import { add, mul } from "../../graph/ops/arithmetic.js";
import { input } from "../../graph/tensor.js";
import type { Network } from "../../networks/network.js";
import { floats } from "../../runtime/session.js";
import { DropoutMasks } from "../dropout-masks.js";
import type { Objective } from "../objective.js";
import { type LossTerm, lossTermOf } from "./loss-terms.js";

export interface BatchShape {
  readonly batchSize: number;
  readonly patchPx: number;
}

/** Sum of the weighted terms between P(y) and x_0, signed range. */
export function predictorObjective(
  network: Network,
  terms: readonly LossTerm[],
  { batchSize, patchPx }: BatchShape,
): Objective {
  const shape = [batchSize, 3, patchPx, patchPx];
  const y = input("y", shape);
  const x0 = input("x0", shape);
  const masks = new DropoutMasks();
  const restored = network.forward({ image: y, dropout: masks.dropout }).at(-1)!;
  const loss = terms
    .map((term) => mul(lossTermOf(term.kind)(restored, x0), term.weight))
    .reduce((sum, term) => add(sum, term));
  return {
    parameters: network.parameters,
    inputs: [y, x0, ...masks.inputs],
    loss,
    feeds: (batch, rng) => ({
      y: floats(batch.y, shape),
      x0: floats(batch.x0, shape),
      ...masks.values(rng.fork("dropout")),
    }),
  };
}
