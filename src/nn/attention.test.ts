import { describe, expect, test } from "vitest";
import { createRuntime } from "../../platform/node/threads/runtime.js";
import { aliveWeights } from "../../test/oracle/alive-weights.js";
import { expectClose } from "../../test/oracle/close.js";
import { Rng } from "../base/random.js";
import { compile } from "../graph/compile.js";
import { multiplyAdds } from "../graph/multiply-adds.js";
import { input, type Tensor } from "../graph/tensor.js";
import { floatResult, floats } from "../runtime/session.js";
import { attend } from "./attend.js";
import { type AttentionLayer, linearAttentionLayer, softmaxAttentionLayer } from "./attention.js";
import { bindWeights, Scope } from "./parameters.js";
import { collectTaps } from "./tap.js";

const rng = Rng.fromSeed(3);
const runtime = createRuntime({ threads: 1 });

/** Evaluates the tensors for one set of inputs. */
async function evaluate(
  inputs: readonly (readonly [ReturnType<typeof input>, Float32Array])[],
  outputs: Readonly<Record<string, Tensor>>,
  weights: ReturnType<typeof bindWeights> = new Map(),
): Promise<Record<string, Float32Array>> {
  const placeholders = inputs.map(([placeholder]) => placeholder);
  await using session = await runtime.open(compile({ inputs: placeholders, outputs, weights }));
  const values = await session.run(
    Object.fromEntries(inputs.map(([placeholder, data]) => [placeholder.label, floats(data, placeholder.shape)])),
  );
  return Object.fromEntries(Object.keys(outputs).map((name) => [name, floatResult(values, name)]));
}

describe("attend", () => {
  const [N, HEADS, WIDTH, P] = [2, 2, 3, 10];
  const shape = [N, HEADS, WIDTH, P];
  const [q, k, v] = ["q", "k", "v"].map((name) => rng.fork(name).normals(N * HEADS * WIDTH * P)) as [
    Float32Array,
    Float32Array,
    Float32Array,
  ];
  const scale = 0.7;

  /** The reference, position by position in float64. */
  function byHand(): Float64Array {
    const out = new Float64Array(q.length);
    for (let map = 0; map < N * HEADS; map++)
      for (let n = 0; n < P; n++) {
        const at = (c: number, position: number) => (map * WIDTH + c) * P + position;
        const scores = Array.from({ length: P }, (_, m) => {
          let dot = 0;
          for (let c = 0; c < WIDTH; c++) dot += q[at(c, n)]! * k[at(c, m)]!;
          return Math.exp(scale * dot);
        });
        const total = scores.reduce((sum, value) => sum + value, 0);
        for (let c = 0; c < WIDTH; c++)
          out[at(c, n)] = scores.reduce((sum, score, m) => sum + (score / total) * v[at(c, m)]!, 0);
      }
    return out;
  }

  test.each([
    ["at once", undefined],
    ["three queries per part, the last part smaller", N * HEADS * P * 3],
    ["one query per part", 1],
  ])("equals the weighted mean of the values: %s", async (_, scores) => {
    const [queries, keys, values] = ["q", "k", "v"].map((name) => input(name, shape)) as [
      ReturnType<typeof input>,
      ReturnType<typeof input>,
      ReturnType<typeof input>,
    ];
    const out = attend(queries, keys, values, scale, scores ? { scores } : {});
    expect(out.shape).toEqual(shape);
    const { result } = await evaluate(
      [
        [queries, q],
        [keys, k],
        [values, v],
      ],
      { result: out },
    );
    expectClose(result!, byHand(), { rtol: 1e-5, atol: 1e-6 });
  });

  test("refuses a picture that would take minutes, and says what to do", () => {
    const whole = input("x", [1, 1, 96, 1280 * 720]);
    expect(() => attend(whole, whole, whole, 1)).toThrow(/at most 65536 positions.*coarser levels.*linear attention/);
    const fine = input("x", [1, 1, 96, 256 * 256]);
    expect(attend(fine, fine, fine, 1).shape).toEqual(fine.shape);
  });
});

describe("cost, counted from the graph", () => {
  const C = 8;
  const count = (make: typeof linearAttentionLayer, side: number): number =>
    multiplyAdds([make(Scope.root(), { channels: C, groups: 2 })(input("x", [1, C, side, side]))]);

  test.each([4, 8, 32, 400])("cost of linear attention grows with the number of pixels: side %i", (side) => {
    // Keys, moments and result are products of C x C with C x HW; three more products are of C x C matrices.
    expect(count(linearAttentionLayer, side)).toBe(3 * C * C * side ** 2 + 3 * C ** 3);
  });

  test.each([4, 8, 32, 200])("cost of softmax attention grows with the square of their number: side %i", (side) => {
    // Queries, keys, values and the projection; then the scores and the weighted sums for each pair of positions.
    expect(count(softmaxAttentionLayer, side)).toBe(4 * C * C * side ** 2 + 2 * C * side ** 4);
  });
});

describe("taps", () => {
  const [C, H, W, HEADS] = [6, 3, 4, 2];
  const P = H * W;
  const width = C / HEADS;
  const image = rng.fork("image").normals(C * P);

  async function tapped(make: (scope: Scope) => AttentionLayer) {
    const scope = Scope.root().child("here", "attn");
    const layer = make(scope);
    const { tap, found } = collectTaps(() => true);
    const x = input("x", [1, C, H, W]);
    const result = layer(x, tap);
    const parameters = scope.parameters();
    const weights = aliveWeights(parameters, { initial: rng.fork("w"), instead: rng.fork("b"), scale: 0.3 });
    for (const { shape } of found.values()) expect(shape).toEqual([1, HEADS, width, H, W]);
    const values = await evaluate(
      [[x, image]],
      { result, ...Object.fromEntries(found) },
      bindWeights(parameters, weights),
    );
    return { values, weights, names: [...found.keys()] };
  }

  /** The values that are attended to: the normalisation's output times a 1x1 weight, computed by hand. */
  function valuesOf(weights: ReadonlyMap<string, Float32Array>, norm: string, rowOf: (c: number) => number) {
    const normalised = new Float64Array(C * P);
    const groups = 2;
    const size = (C / groups) * P;
    for (let g = 0; g < groups; g++) {
      const part = image.slice(g * size, (g + 1) * size);
      const mean = part.reduce((sum, value) => sum + value, 0) / size;
      const variance = part.reduce((sum, value) => sum + (value - mean) ** 2, 0) / size;
      part.forEach((value, i) => {
        normalised[g * size + i] = (value - mean) / Math.sqrt(variance + 1e-5);
      });
    }
    const [gain, offset] = [weights.get(`here.attn.${norm}.weight`)!, weights.get(`here.attn.${norm}.bias`)!];
    const qkv = weights.get("here.attn.qkv.weight")!;
    return Float64Array.from({ length: C * P }, (_, i) => {
      const [c, m] = [Math.floor(i / P), i % P];
      let sum = 0;
      for (let k = 0; k < C; k++) sum += qkv[rowOf(c) * C + k]! * (normalised[k * P + m]! * gain[k]! + offset[k]!);
      return sum;
    });
  }

  /** The layer's result, recomputed from weights[head][query][key] and the values. */
  function rebuilt(
    weights: ReadonlyMap<string, Float32Array>,
    project: string,
    values: Float64Array,
    weightOf: (head: number, n: number, m: number) => number,
    residual: boolean,
  ): Float64Array {
    const [matrix, bias] = [weights.get(`here.attn.${project}.weight`)!, weights.get(`here.attn.${project}.bias`)!];
    const attended = Float64Array.from({ length: C * P }, (_, i) => {
      const [c, n] = [Math.floor(i / P), i % P];
      let sum = 0;
      for (let m = 0; m < P; m++) sum += weightOf(Math.floor(c / width), n, m) * values[c * P + m]!;
      return sum;
    });
    return Float64Array.from({ length: C * P }, (_, i) => {
      const [c, n] = [Math.floor(i / P), i % P];
      let sum = bias[c]! + (residual ? image[i]! : 0);
      for (let k = 0; k < C; k++) sum += matrix[c * C + k]! * attended[k * P + n]!;
      return sum;
    });
  }
  const dot = (a: Float32Array, b: Float32Array, head: number, n: number, m: number): number => {
    let sum = 0;
    for (let d = 0; d < width; d++) sum += a[(head * width + d) * P + n]! * b[(head * width + d) * P + m]!;
    return sum;
  };

  test.each([false, true])(
    "taps of linear attention: keys sum to 1, and queries and keys give the result (residual %s)",
    async (residual) => {
      const { values, weights, names } = await tapped((scope) =>
        linearAttentionLayer(scope, { channels: C, groups: 2, heads: HEADS, residual }),
      );
      expect(names).toEqual(["here.attn.queries", "here.attn.key-softmax"]);
      const [queries, keys] = [values["here.attn.queries"]!, values["here.attn.key-softmax"]!];
      for (let c = 0; c < C; c++)
        expect(keys.slice(c * P, (c + 1) * P).reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 5);
      const attended = valuesOf(weights, "groupnorm", (c) => 2 * C + c);
      const expected = rebuilt(weights, "proj", attended, (head, n, m) => dot(queries, keys, head, n, m), residual);
      expectClose(values.result!, expected, { rtol: 1e-4, atol: 1e-5 });
    },
  );

  test.each([false, true])(
    "taps of softmax attention: the softmax of queries times keys gives the result (residual %s)",
    async (residual) => {
      const { values, weights, names } = await tapped((scope) =>
        softmaxAttentionLayer(scope, { channels: C, groups: 2, heads: HEADS, residual }),
      );
      expect(names).toEqual(["here.attn.scaled-queries", "here.attn.keys"]);
      const [queries, keys] = [values["here.attn.scaled-queries"]!, values["here.attn.keys"]!];
      const row = (head: number, n: number): number[] => {
        const powers = Array.from({ length: P }, (_, m) => Math.exp(dot(queries, keys, head, n, m)));
        const total = powers.reduce((sum, value) => sum + value, 0);
        return powers.map((value) => value / total);
      };
      const attended = valuesOf(weights, "norm", (c) => Math.floor(c / width) * 3 * width + 2 * width + (c % width));
      const expected = rebuilt(weights, "out", attended, (head, n, m) => row(head, n)[m]!, residual);
      expectClose(values.result!, expected, { rtol: 1e-4, atol: 1e-5 });
    },
  );
});
