/** @file Softmax attention of all positions to all others, in parts, so that memory does not grow with the square of their number. */
import { argumentError } from "../base/errors.js";
import { mul } from "../graph/ops/arithmetic.js";
import { matmul } from "../graph/ops/matmul.js";
import { concat, slice } from "../graph/ops/shape.js";
import { softmax } from "../graph/ops/softmax.js";
import { type Tensor, withAnySize } from "../graph/tensor.js";

/** Scores held at once: 256 MB of float32. */
const SCORES = 2 ** 26;
/** Each part is nodes of its own in the graph, and the time of this many at 2^26 scores is minutes. */
const MOST_PARTS = 64;

export interface AttendLimits {
  /** Scores held at once. */
  readonly scores?: number;
  readonly mostParts?: number;
}

/**
 * softmax(scale q' k) v'. queries, keys, values: [N, heads, width, P] -> [N, heads, width, P]. Time grows with P^2; memory too up to
 * 256 MB, beyond which queries are taken in parts. (Training keeps the scores of all parts for the gradient.) Throws `argument`
 * where that would take more than 64 parts: above 65,536 positions of one sample and head, which are 256 x 256.
 */
export function attend(
  queries: Tensor,
  keys: Tensor,
  values: Tensor,
  scale: number,
  { scores: limit = SCORES, mostParts = MOST_PARTS }: AttendLimits = {},
): Tensor {
  const [samples, heads, , positions] = queries.shape as [number, number, number, number];
  const part = Math.max(1, Math.min(positions, Math.floor(limit / (samples * heads * positions))));
  const parts = Math.ceil(positions / part);
  if (parts > mostParts)
    throw argumentError(
      "softmax attention",
      `its time grows with the square of the positions: at most ${Math.floor(Math.sqrt((mostParts * limit) / (samples * heads)))} of them; ` +
        "attend at coarser levels only (attentionLevels), use linear attention, or restore a smaller part of the picture",
      `${positions} positions in ${samples} x ${heads} maps`,
    );
  const attended = (some: Tensor): Tensor => {
    const scores = mul(matmul(some, keys, { transposeA: true }), scale); // [N, heads, query, key]
    return matmul(values, softmax(scores, -1), { transposeB: true });
  };
  if (parts === 1) return attended(queries);
  const inParts = Array.from({ length: parts }, (_, i) =>
    attended(slice(queries, 3, i * part, Math.min((i + 1) * part, positions))),
  );
  // How many parts there are depends on the size: a model for any size has one.
  return withAnySize(concat(inParts, 3), { inputs: [attended(queries)], onnx: ([a]) => a! });
}
