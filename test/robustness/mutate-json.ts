/** @file Odd copies of a JSON value: numbers blown up, types exchanged, entries left out or doubled. */
import type { Rng } from "../../src/base/random.js";

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

const VALUES: readonly Json[] = [
  ...[0, -1, 1, 0.5, 1e-300, 1e300, 2_000_000, 6_000_000_001, 2 ** 31, 2 ** 53, -(2 ** 53)],
  ...[
    null,
    true,
    "",
    "default",
    "../../etc",
    "__proto__",
    "x".repeat(5000),
    [],
    {},
    [[]],
    [1, 2, 3],
    { kind: "linear" },
  ],
];

/** Places within a value, as paths. */
const placesIn = (value: Json, path: readonly string[] = []): (readonly string[])[] =>
  value !== null && typeof value === "object"
    ? Object.entries(value).flatMap(([key, inner]) => [[...path, key], ...placesIn(inner, [...path, key])])
    : [];

function mutated(value: Json, rng: Rng): void {
  const places = placesIn(value);
  const path = places[rng.fork("place").integer(places.length)]!;
  const parent = path.slice(0, -1).reduce<Json>((at, key) => (at as Record<string, Json>)[key]!, value) as Record<
    string,
    Json
  >;
  const key = path.at(-1)!;
  const old = parent[key]!;
  const way = rng.fork("way").integer(8);
  if (way === 0) delete parent[key];
  else if (way === 1) parent[`${key}x`] = old;
  else if (way <= 3 && typeof old === "number") parent[key] = old * 10 ** (1 + rng.fork("power").integer(9));
  else parent[key] = structuredClone(VALUES[rng.fork("value").integer(VALUES.length)]!);
}

/** A copy with one to three changes. */
export function oddJson(value: unknown, rng: Rng): unknown {
  const copy = structuredClone(value) as Json;
  for (let i = 0; i <= [0, 0, 1, 2][rng.fork("changes").integer(4)]!; i++)
    if (placesIn(copy).length > 0) mutated(copy, rng.fork("change", i));
  return copy;
}
