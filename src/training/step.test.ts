import { describe, expect, test } from "vitest";
import { createRuntime } from "../../platform/node/threads/runtime.js";
import { Rng } from "../base/random.js";
import { add, mul } from "../graph/ops/arithmetic.js";
import { sum } from "../graph/ops/reduce.js";
import { input } from "../graph/tensor.js";
import { Scope } from "../nn/parameters.js";
import { floats, type Values } from "../runtime/session.js";
import { emaWeight } from "./ema.js";
import type { Objective } from "./objective.js";
import type { OptimiserConfig, OptimiserKind } from "./optimisers.js";
import { initialState, type Recipe, type StateValues } from "./state.js";
import { compileStep, TrainingStep } from "./step.js";

const runtime = createRuntime({ threads: 1 });
const SIZES = { a: 3, b: 4 } as const;
type Name = keyof typeof SIZES;
const NAMES: readonly Name[] = ["a", "b"];

/** loss = sum(a ga) + sum(b gb) + 0 mean: the gradients are given numbers, so any sequence of them can be tried. */
function linearObjective(): Objective {
  const scope = Scope.root();
  const a = scope.parameter("a", [3], (_, rng) => rng.normals(3));
  const b = scope.parameter("b", [2, 2], (_, rng) => rng.normals(4));
  const mean = scope.parameter("mean", [1], () => Float32Array.of(0.5), { trainable: false });
  const [ga, gb] = [input("ga", [3]), input("gb", [2, 2])];
  const loss = add(add(sum(mul(a, ga)), sum(mul(b, gb))), mul(sum(mean), 0));
  return { parameters: scope.parameters(), inputs: [ga, gb], loss, feeds: () => ({}) };
}

const feedsOf = (grads: Record<Name, Float32Array>): Values => ({
  ga: floats(grads.a, [3]),
  gb: floats(grads.b, [2, 2]),
});

/** Gradients of very different size from step to step: some are clipped, some are not. */
const gradientsAt = (step: number): Record<Name, Float32Array> => {
  const scale = [0.01, 3, 0.5, 100, 1e-4, 1][step % 6]!;
  const draw = (name: Name) =>
    Rng.fromSeed(5)
      .fork(name, step)
      .normals(SIZES[name])
      .map((x) => x * scale);
  return { a: draw("a"), b: draw("b") };
};

const learningRateAt = (step: number) => 0.01 / step;
const EMA = { halfLifeImages: 40, rampUp: 0.5 };

/** PyTorch's documentation of SGD, Adam, AdamW and clip_grad_norm_, word for word, in float64. */
function byHand(initial: StateValues, recipe: Recipe, steps: number) {
  const { kind, weightDecay } = recipe.optimiser;
  const { beta1, beta2, eps } = recipe.optimiser.kind === "sgd" ? { beta1: 0, beta2: 0, eps: 0 } : recipe.optimiser;
  const state = Object.fromEntries(
    NAMES.map((name) => {
      const p = [...initial.get(`weights/${name}`)!];
      return [name, { p, m: p.map(() => 0), v: p.map(() => 0), ema: [...p] }];
    }),
  ) as Record<Name, Record<"p" | "m" | "v" | "ema", number[]>>;
  const norms: number[] = [];
  for (let step = 1; step <= steps; step++) {
    const grads = gradientsAt(step);
    const norm = Math.hypot(...grads.a, ...grads.b);
    norms.push(norm);
    const clip = recipe.maxGradNorm === null ? 1 : Math.min(1, recipe.maxGradNorm / (norm + 1e-6));
    const lr = learningRateAt(step);
    const images = 8 * step;
    const weight = 1 - 0.5 ** (8 / Math.min(40, images * 0.5));
    for (const name of NAMES) {
      const { p, m, v, ema } = state[name];
      for (let i = 0; i < p.length; i++) {
        let g = grads[name][i]! * clip;
        if (kind === "adam" || kind === "sgd") g += weightDecay * p[i]!;
        else p[i]! -= lr * weightDecay * p[i]!;
        m[i] = beta1 * m[i]! + (1 - beta1) * g;
        v[i] = beta2 * v[i]! + (1 - beta2) * g * g;
        const mHat = m[i]! / (1 - beta1 ** step);
        const vHat = v[i]! / (1 - beta2 ** step);
        p[i]! -= kind === "sgd" ? lr * g : (lr * mHat) / (Math.sqrt(vHat) + eps);
        ema[i]! += weight * (p[i]! - ema[i]!);
      }
    }
  }
  return { state, norms };
}

function expectClose(actual: ArrayLike<number>, expected: ArrayLike<number>, what: string) {
  expect(actual.length, what).toBe(expected.length);
  let worst = 0;
  for (let i = 0; i < expected.length; i++)
    worst = Math.max(worst, Math.abs(actual[i]! - expected[i]!) / (1e-7 + 1e-5 * Math.abs(expected[i]!)));
  expect(worst, `${what}: worst error in tolerances`).toBeLessThan(1);
}

const optimiser = (kind: Exclude<OptimiserKind, "muon">, weightDecay: number): OptimiserConfig =>
  kind === "sgd"
    ? { kind, weightDecay }
    : {
        kind,
        beta1: 0.9,
        beta2: 0.99,
        eps: 1e-3, // large enough to matter, so that its place in the formula is tested
        weightDecay,
      };

describe("optimiser, clipping and average match the float64 formulas over 12 steps", () => {
  test.each<[Exclude<OptimiserKind, "muon">, number, number | null]>([
    ["sgd", 0, null],
    ["sgd", 0, 1],
    ["sgd", 0.1, 1],
    ["adam", 0, null],
    ["adam", 0, 1],
    ["adam", 0.1, 1],
    ["adamw", 0, 0.3],
    ["adamw", 0.1, null],
    ["adamw", 0.1, 1],
  ])("%s, weight decay %f, norm at most %f", async (kind, weightDecay, maxGradNorm) => {
    const recipe: Recipe = { optimiser: optimiser(kind, weightDecay), maxGradNorm, ema: EMA };
    const objective = linearObjective();
    const initial = initialState(objective, recipe, Rng.fromSeed(1));
    const expected = byHand(initial, recipe, 12);
    await using step = await TrainingStep.open(runtime, objective, compileStep(objective, recipe), initial);
    for (let i = 1; i <= 12; i++) {
      const before = step.state;
      const grads = gradientsAt(i);
      const loss = NAMES.flatMap((name) => [...grads[name]].map((g, j) => g * before.get(`weights/${name}`)![j]!));
      const result = await step.run(feedsOf(grads), {
        step: i,
        learningRate: learningRateAt(i),
        emaWeight: emaWeight(EMA, 8, 8 * i),
      });
      const sizeOfTerms = loss.reduce((total, term) => total + Math.abs(term), 0);
      expect(Math.abs(result.loss - loss.reduce((x, y) => x + y, 0))).toBeLessThan(1e-6 * sizeOfTerms);
      expectClose([result.gradNorm], [expected.norms[i - 1]!], `norm of step ${i}`);
    }
    for (const name of NAMES) {
      const { p, m, v, ema } = expected.state[name];
      expectClose(step.state.get(`weights/${name}`)!, p, `weights of ${name}`);
      if (kind !== "sgd") {
        expectClose(step.state.get(`m/${name}`)!, m, `m of ${name}`);
        expectClose(step.state.get(`v/${name}`)!, v, `v of ${name}`);
      }
      expectClose(step.state.get(`ema/${name}`)!, ema, `average of ${name}`);
    }
    expect([...step.state.get("weights/mean")!]).toEqual([0.5]);
    expect([...step.state.keys()].filter((name) => name.endsWith("/mean"))).toEqual(["weights/mean"]);
  });
});

/** Newton and Schulz's five rounds on a 2x2 matrix, in float64. */
function polished([a, b, c, d]: readonly number[]): number[] {
  const norm = Math.hypot(a!, b!, c!, d!) + 1e-7;
  let y = [a! / norm, b! / norm, c! / norm, d! / norm];
  const times = (p: number[], q: number[]) => [
    p[0]! * q[0]! + p[1]! * q[2]!,
    p[0]! * q[1]! + p[1]! * q[3]!,
    p[2]! * q[0]! + p[3]! * q[2]!,
    p[2]! * q[1]! + p[3]! * q[3]!,
  ];
  for (let i = 0; i < 5; i++) {
    const gram = times(y, [y[0]!, y[2]!, y[1]!, y[3]!]);
    const twice = times(gram, gram);
    const round = times(
      gram.map((value, k) => -4.775 * value + 2.0315 * twice[k]!),
      y,
    );
    y = y.map((value, k) => 3.4445 * value + round[k]!);
  }
  return y;
}

test("muon: a matrix moves by the polished sum of its gradients, a vector as with AdamW", async () => {
  const shared = { beta1: 0.9, beta2: 0.99, eps: 1e-3, weightDecay: 0.1 };
  const recipe: Recipe = { optimiser: { kind: "muon", momentum: 0.8, ...shared }, maxGradNorm: 1, ema: null };
  const objective = linearObjective();
  const initial = initialState(objective, recipe, Rng.fromSeed(1));
  expect([...initial.keys()].filter((name) => name.endsWith("/b"))).toEqual(["weights/b", "m/b"]);
  const vector = byHand(
    new Map([...initial].map(([name, values]) => [name, values.slice()])),
    { ...recipe, optimiser: { kind: "adamw", ...shared } },
    5,
  );
  let b = [...initial.get("weights/b")!];
  let m = [0, 0, 0, 0];
  await using step = await TrainingStep.open(runtime, objective, compileStep(objective, recipe), initial);
  for (let i = 1; i <= 5; i++) {
    const grads = gradientsAt(i);
    const clip = Math.min(1, 1 / (Math.hypot(...grads.a, ...grads.b) + 1e-6));
    m = m.map((value, k) => 0.8 * value + grads.b[k]! * clip);
    const change = polished(m.map((value, k) => grads.b[k]! * clip + 0.8 * value));
    const rate = learningRateAt(i);
    b = b.map((value, k) => value * (1 - 0.1 * rate) - rate * 0.2 * Math.SQRT2 * change[k]!);
    await step.run(feedsOf(grads), { step: i, learningRate: rate });
  }
  expectClose(step.state.get("weights/a")!, vector.state.a.p, "the vector");
  expectClose(step.state.get("m/b")!, m, "the sum of gradients");
  const worst = Math.max(...b.map((value, k) => Math.abs(value - step.state.get("weights/b")![k]!)));
  expect(worst, "the matrix").toBeLessThan(2e-6);
});

describe("a step that is not finite", () => {
  const recipe: Recipe = { optimiser: optimiser("adam", 0), maxGradNorm: 1, ema: null };
  test.each([Number.NaN, Number.POSITIVE_INFINITY])("%f is refused, and the state stays", async (bad) => {
    const objective = linearObjective();
    const initial = initialState(objective, recipe, Rng.fromSeed(1));
    await using step = await TrainingStep.open(runtime, objective, compileStep(objective, recipe), initial);
    await step.run(feedsOf(gradientsAt(1)), { step: 1, learningRate: 0.1 });
    const good = new Map([...step.state].map(([name, values]) => [name, values.slice()]));
    const grads = gradientsAt(2);
    grads.b[2] = bad;
    const failure = step.run(feedsOf(grads), { step: 2, learningRate: 0.1 });
    await expect(failure).rejects.toMatchObject({
      code: "numeric",
      message: expect.stringContaining("training step 2"),
    });
    expect(step.state).toEqual(good);
    // and training can go on from there
    await step.run(feedsOf(gradientsAt(2)), { step: 2, learningRate: 0.1 });
    expect(step.state).not.toEqual(good);
  });
});

test("a state of another network is refused by name", async () => {
  const recipe: Recipe = { optimiser: optimiser("adam", 0), maxGradNorm: null, ema: null };
  const objective = linearObjective();
  const state = initialState(objective, recipe, Rng.fromSeed(1));
  state.set("m/b", new Float32Array(5));
  await expect(TrainingStep.open(runtime, objective, compileStep(objective, recipe), state)).rejects.toMatchObject({
    code: "checkpoint",
    message: 'training state: expected "m/b" [2,2], got 5 values',
  });
});
