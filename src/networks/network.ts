/** @file The interface of a network, independent of its architecture. */
import type { Tensor } from "../graph/tensor.js";
import type { Dropout } from "../nn/dropout.js";
import type { Parameter } from "../nn/parameters.js";
import type { Statistics } from "../nn/running-statistics.js";
import type { Tap } from "../nn/tap.js";

export interface NetworkInputs {
  /** All input images, concatenated along the channels: [N, inChannels, H, W], signed range. */
  readonly image: Tensor;
  /** sqrt(alphaBar) of each sample, [N, 1], for networks with a noise level as input. */
  readonly level?: Tensor;
  /** Kernel of the photo's blur, [N, 1, k, k], k odd, of any positive sum, for networks that take it. */
  readonly kernel?: Tensor;
  /** Set during training only. */
  readonly dropout?: Dropout;
  /** Set during training: what normalisation layers with running averages use. A network in use has its own choice. */
  readonly statistics?: Statistics;
  /** Receives the intermediate tensors that the network names. */
  readonly tap?: Tap;
}

export interface Network {
  readonly parameters: readonly Parameter[];
  /** Additional names of shared parameters in published checkpoints, each with the label it has here. */
  readonly aliases?: ReadonlyMap<string, string>;
  readonly inChannels: number;
  readonly outChannels: number;
  /** The network is given the kernel of the blur besides the image. */
  readonly takesKernel?: true;
  /** The results are so many times larger than the image in each direction. Absent: of the image's size. */
  readonly scale?: number;
  /** H and W must be multiples of this. */
  readonly multiple: number;
  /**
   * The network pads the image with black on the right and below to multiples of this and crops its result. Absent: no
   * padding.
   */
  readonly padsTo?: number;
  /** H and W must be multiples of this in training, if that is more than `multiple`. */
  readonly trainedMultiple?: number;
  /**
   * Start of the names of a part that was trained on other pictures before, and that training may hold fixed at first.
   */
  readonly backbone?: string;
  /**
   * Distance to which a pixel's result depends on its surroundings, in pixels to each side; null if on the whole image.
   */
  readonly reachPx: number | null;
  /**
   * Tiling of larger images, for networks that depend on the whole image and were trained at one size: the side of the
   * tiles, and the least overlap of neighbours, within which they are blended. Both in pixels.
   */
  readonly tiles?: { readonly sidePx: number; readonly overlapPx: number };
  /**
   * Builds the graph for the inputs' shape. The last output is the result, [N, outChannels, scale H, scale W];
   * earlier outputs are coarser results.
   */
  forward(inputs: NetworkInputs): readonly Tensor[];
}
