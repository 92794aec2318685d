/** @file Matrix products; either side can be transposed at no cost (`FusedMatMul` of ONNX Runtime). */
import { shapeError } from "../../base/errors.js";
import { MICROSOFT } from "../emitter.js";
import { apply, type Tensor } from "../tensor.js";
import { broadcastShape } from "./arithmetic.js";
import { sumTo } from "./reduce.js";

export interface MatmulOptions {
  readonly transposeA?: boolean;
  readonly transposeB?: boolean;
}

/**
 * a: [..., M, K], b: [..., K, P] -> [..., M, P]. Leading axes broadcast. A transposed side has the shape [..., K, M] or
 * [..., P, K].
 */
export function matmul(a: Tensor, b: Tensor, { transposeA = false, transposeB = false }: MatmulOptions = {}): Tensor {
  if (a.shape.length < 2 || b.shape.length < 2)
    throw shapeError("matmul", "two tensors of rank 2 or more", `[${a.shape}] and [${b.shape}]`);
  const [rowsA, colsA] = a.shape.slice(-2) as [number, number];
  const [rowsB, colsB] = b.shape.slice(-2) as [number, number];
  const [m, k] = transposeA ? [colsA, rowsA] : [rowsA, colsA];
  const [k2, p] = transposeB ? [colsB, rowsB] : [rowsB, colsB];
  if (k !== k2) throw shapeError("matmul", `a second factor with ${k} in place of ${k2}, to fit [${a.shape}]`, b.shape);
  const batch = broadcastShape("matmul", a.shape.slice(0, -2), b.shape.slice(0, -2));
  return apply(
    {
      name: "matmul",
      attributes: { transposeA: transposeA ? 1 : 0, transposeB: transposeB ? 1 : 0 },
      onnx: ([x, y], emit) =>
        transposeA || transposeB
          ? emit.node("FusedMatMul", [x!, y!], { transA: transposeA ? 1 : 0, transB: transposeB ? 1 : 0 }, MICROSOFT)
          : emit.node("MatMul", [x!, y!]),
      gradient: (dy, [x, y]) => {
        // With A = op(x) and B = op(y): dA = dy B', dB = A' dy; a transposed side gets the transposed product.
        const dx = transposeA
          ? matmul(y!, dy, { transposeA: transposeB, transposeB: true })
          : matmul(dy, y!, { transposeB: !transposeB });
        const dz = transposeB
          ? matmul(dy, x!, { transposeA: true, transposeB: transposeA })
          : matmul(x!, dy, { transposeA: !transposeA });
        return [sumTo(dx, x!.shape), sumTo(dz, y!.shape)];
      },
      anySize: {
        onnx: ([x, y], emit) => {
          // The runtime's optimiser merges these into FusedMatMul again.
          const side = (name: string, { shape }: Tensor, transposed: boolean) =>
            transposed ? emit.node("Transpose", [name], { perm: swappedLast(shape.length) }) : name;
          return emit.node("MatMul", [side(x!, a, transposeA), side(y!, b, transposeB)]);
        },
      },
    },
    [a, b],
    [...batch, m, p],
  );
}

/** The order of axes with the last two exchanged. */
const swappedLast = (rank: number): number[] => [...Array(rank - 2).keys(), rank - 1, rank - 2];
