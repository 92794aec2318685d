/** @file Trained networks that an objective builds on, and the residual that is left to learn. */
import { fineDetail } from "../../diffusion/fine-detail.js";
import { sub } from "../../graph/ops/arithmetic.js";
import { slice } from "../../graph/ops/shape.js";
import { input, type Placeholder, type Tensor } from "../../graph/tensor.js";
import type { Network } from "../../networks/network.js";
import { bindWeights, type Weights } from "../../nn/parameters.js";
import type { BatchShape } from "./predictor.js";

/** A trained network whose weights are held fixed while another is trained. */
export interface HeldNetwork {
  readonly network: Network;
  readonly weights: Weights;
}

/** Weights of all held networks, as an objective's `frozen`. */
export const boundHeld = (held: readonly (HeldNetwork | null)[]): ReadonlyMap<Placeholder, Float32Array> =>
  new Map(held.flatMap((one) => (one ? [...bindWeights(one.network.parameters, one.weights)] : [])));

/** The inputs from a batch, and the result of a held predictor for them. */
export interface Seen {
  /** All inputs of the predictor, the photo first: [N, 3, H, W], or 6, 9 or 12 channels. */
  readonly given: Placeholder;
  /** The photo, [N, 3, H, W]. */
  readonly y: Tensor;
  /** [N, 3, H, W]; null without a predictor. */
  readonly prediction: Tensor | null;
}

export function seenBy(predictor: HeldNetwork | null, { batchSize, patchPx }: BatchShape): Seen {
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
