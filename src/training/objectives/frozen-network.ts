/** @file Frozen networks that an objective builds on, and the residual that remains to be learnt. */
import { fineDetail } from "../../diffusion/fine-detail.js";
import { sub } from "../../graph/ops/arithmetic.js";
import { slice } from "../../graph/ops/shape.js";
import { input, type Placeholder, type Tensor } from "../../graph/tensor.js";
import type { Network } from "../../networks/network.js";
import { bindWeights, type Weights } from "../../nn/parameters.js";
import type { BatchShape } from "./predictor.js";

/** A trained network whose weights stay fixed while another is trained. */
export interface FrozenNetwork {
  readonly network: Network;
  readonly weights: Weights;
}

/** Weights of all frozen networks, as an objective's `frozen`. */
export const frozenWeights = (held: readonly (FrozenNetwork | null)[]): ReadonlyMap<Placeholder, Float32Array> =>
  new Map(held.flatMap((one) => (one ? [...bindWeights(one.network.parameters, one.weights)] : [])));

/** Inputs from a batch, and the frozen predictor's result for them. */
export interface PredictorInputs {
  /** All inputs of the predictor, the photo first: [N, 3, H, W], or 6, 9 or 12 channels. */
  readonly given: Placeholder;
  /** The photo, [N, 3, H, W]. */
  readonly y: Tensor;
  /** [N, 3, H, W]; null without a predictor. */
  readonly prediction: Tensor | null;
}

export function predictorInputs(predictor: FrozenNetwork | null, { batchSize, patchPx }: BatchShape): PredictorInputs {
  const channels = predictor?.network.inChannels ?? 3;
  const given = input("y", [batchSize, channels, patchPx, patchPx]);
  return {
    given,
    y: channels === 3 ? given : slice(given, 1, 0, 3),
    prediction: predictor?.network.forward({ image: given }).at(-1) ?? null,
  };
}

/** x0 - base, or only its fine detail if `finePx` is set. */
export function differenceFrom(base: Tensor | null, x0: Tensor, finePx: number | null): Tensor {
  const difference = base ? sub(x0, base) : x0;
  return finePx === null ? difference : fineDetail(difference, finePx);
}
