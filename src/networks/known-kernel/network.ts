/** @file Networks that are told the blur: what they take and give. */
import type { Tensor } from "../../graph/tensor.js";
import type { Parameter } from "../../nn/parameters.js";

export interface KnownKernelNetwork {
  readonly parameters: readonly Parameter[];
  /** Height and width must be multiples of this. */
  readonly multiple: number;
  /**
   * image: [N, 3, H, W], unit range; kernel: [N, 1, k, k], k odd, of any positive sum. The result is [N, 3, H, W], unit range, not clipped;
   * the outputs before it are coarser, those behind it are of training only.
   */
  forward(image: Tensor, kernel: Tensor): { readonly outputs: readonly Tensor[]; readonly result: Tensor };
}
