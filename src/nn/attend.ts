/**
 * @file Softmax attention of all positions to all others, computed in parts: memory does not grow with the square of
 * their number.
 */
import { argumentError } from "../base/errors.js";
import { mul } from "../graph/ops/arithmetic.js";
import { matmul } from "../graph/ops/matmul.js";
import { concat, slice } from "../graph/ops/shape.js";
import { softmax } from "../graph/ops/softmax.js";
import { type Tensor, withAnySize } from "../graph/tensor.js";

/** Scores held at once: 256 MB of float32. */
const SCORES = 2 ** 26;
/** Limit of the parts. Each part adds nodes to the graph, and 64 parts of 2^26 scores take minutes. */
const MAX_PARTS = 64;

export interface AttendLimits {
  /** Scores held at once; 2^26 when left out. */
  readonly scores?: number;
  readonly mostParts?: number;
}

/**
 * softmax(scale q' k) v'. queries, keys, values: [N, heads, width, P] -> [N, heads, width, P]. Time grows with P^2.
 * Memory grows with P^2 up to 256 MB of scores; beyond that, the queries are processed in parts. (Training keeps the
 * scores of all parts for the gradient.) Throws `argument` if more than 64 parts were needed: above 65,536 positions
 * (256 x 256) for one sample and head.
 */
export function attend(
  queries: Tensor,
  keys: Tensor,
  values: Tensor,
  scale: number,
  { scores: limit = SCORES, mostParts = MAX_PARTS }: AttendLimits = {},
): Tensor {
  const [samples, heads, , positions] = queries.shape as [number, number, number, number];
  const part = Math.max(1, Math.min(positions, Math.floor(limit / (samples * heads * positions))));
  const parts = Math.ceil(positions / part);
  if (parts > mostParts)
    throw argumentError(
      "softmax attention",
      `at most ${Math.floor(Math.sqrt((mostParts * limit) / (samples * heads)))} positions, because the time grows with their square; ` +
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
  // The number of parts depends on the size, so the form for any size has one part.
  return withAnySize(concat(inParts, 3), { inputs: [attended(queries)], onnx: ([a]) => a! });
}
