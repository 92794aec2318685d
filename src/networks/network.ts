/** @file What a network is to the rest of the program, whatever is inside. */
import type { Tensor } from "../graph/tensor.js";
import type { Dropout } from "../nn/dropout.js";
import type { Parameter } from "../nn/parameters.js";
import type { Tap } from "../nn/tap.js";

export interface NetworkInputs {
  /** All images it sees, joined along the channels: [N, inChannels, H, W], signed range. */
  readonly image: Tensor;
  /** sqrt(alphaBar) of each sample, [N, 1]; for networks that are told the noise level. */
  readonly level?: Tensor;
  /** Set while training. */
  readonly dropout?: Dropout;
  /** Set to look inside: told the tensors on the way that the network names. */
  readonly tap?: Tap;
}

export interface Network {
  readonly parameters: readonly Parameter[];
  /** Names under which published checkpoints repeat a shared parameter, each with the label it has here. */
  readonly aliases?: ReadonlyMap<string, string>;
  readonly inChannels: number;
  readonly outChannels: number;
  /** H and W must be multiples of this. */
  readonly multiple: number;
  /** To multiples of this the network itself adds black on the right and below, and crops its result: nothing when left out. */
  readonly padsTo?: number;
  /** How far a pixel's result depends on its surroundings, in pixels to each side; null if on the whole image. */
  readonly reachPx: number | null;
  /**
   * For networks that depend on the whole image and were trained at one size: the side of the tiles that larger images are computed in, and
   * by how many pixels at least neighbours overlap, where they are blended.
   */
  readonly tiles?: { readonly sidePx: number; readonly overlapPx: number };
  /** Builds the graph for the inputs' shape. The last output is the result, [N, outChannels, H, W]; others are coarser ones. */
  forward(inputs: NetworkInputs): readonly Tensor[];
}
