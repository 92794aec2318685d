/** @file The interface of networks that take the blur kernel as input. */
import type { Tensor } from "../../graph/tensor.js";
import type { Parameter } from "../../nn/parameters.js";

export interface KnownKernelNetwork {
  readonly parameters: readonly Parameter[];
  /** Height and width must be multiples of this. */
  readonly multiple: number;
  /**
   * image: [N, 3, H, W], unit range; kernel: [N, 1, k, k], k odd, of any positive sum. The last output is the result,
   * [N, 3, H, W], unit range, not clipped; the others are used in training only.
   */
  forward(image: Tensor, kernel: Tensor): { readonly outputs: readonly Tensor[]; readonly result: Tensor };
}
