/** @file What a schema refused, in words. */
import type * as z from "zod";

const MOST_TOLD = 4;

/** ["data", "sources", 0] -> "data.sources[0]". */
const placeOf = (path: readonly PropertyKey[]): string =>
  path.reduce<string>(
    (place, key) => (typeof key === "number" ? `${place}[${key}]` : `${place}${place && "."}${String(key)}`),
    "",
  );

/**
 * "steps: too small: expected number to be >=1; optimiser: unrecognized key: "betas"": one line, the first few problems
 * and how many more.
 */
export function problemsOf({ issues }: z.ZodError): string {
  const told = issues.slice(0, MOST_TOLD).map(({ path, message }) => {
    const words = message.charAt(0).toLowerCase() + message.slice(1);
    return path.length > 0 ? `${placeOf(path)}: ${words}` : words;
  });
  const more = issues.length - told.length;
  return `${told.join("; ")}${more > 0 ? `; and ${more} more` : ""}`;
}
