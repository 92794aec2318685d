/**
 * @file How far a network of the fixtures is off in float32, and how far it may be. Some draws of weights make a
 * network without residuals around its attention so sensitive that float32 PyTorch's gradients are off by 7e-2. How
 * sensitive a network is shows in the same graph run with weights that differ in their last bit: a right program is off
 * by about as much, a wrong one is not.
 */
import { createRuntime } from "../../platform/node/threads/runtime.js";
import { Rng } from "../../src/base/random.js";
import { compile } from "../../src/graph/compile.js";
import { floatResult, floats, type Session } from "../../src/runtime/session.js";
import type { NetworkCheck, NetworkErrors, Results } from "./network-case.js";

/** Runs with other last bits; errors may be this many times what they change at most. */
const [RUNS, FACTOR] = [4, 2];

/** `seed`: the draw of the weights' last bits; null leaves them. */
async function run(session: Session, { feeds, weights }: NetworkCheck, seed: number | null): Promise<Results> {
  const trained = new Set(weights);
  const given = Object.entries(feeds).map(([name, { shape, data }]) => {
    if (seed === null || !trained.has(name)) return [name, floats(data, shape)];
    const draws = Rng.fromSeed(seed).fork(name).uniforms(data.length);
    const off = data.map((value, i) => value * (1 + (draws[i]! < 0.5 ? -1 : 1) * 2 ** -23));
    return [name, floats(off, shape)];
  });
  const values = await session.run(Object.fromEntries(given));
  return (name) => floatResult(values, name);
}

export interface CheckedErrors {
  readonly errors: NetworkErrors;
  /** Largest error that rounding may cause: zero for a network that is not sensitive. */
  readonly allowed: NetworkErrors;
}

export async function networkErrors(check: NetworkCheck): Promise<CheckedErrors> {
  await using session = await createRuntime().open(compile(check.graph));
  const results = await run(session, check, null);
  const spread = { forward: 0, gradient: 0, loss: 0, gradientNorms: 0 };
  for (let seed = 1; check.sensitive && seed <= RUNS; seed++) {
    const errors = check.errorsOf(await run(session, check, seed), results);
    for (const key of Object.keys(spread) as (keyof NetworkErrors)[])
      spread[key] = Math.max(spread[key], FACTOR * errors[key]);
  }
  return { errors: check.errorsOf(results), allowed: spread };
}
