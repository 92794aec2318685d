/** @file Describes the problems that a schema found. */
import type * as z from "zod";

/** Most characters of one problem and of all problems together: an error stays one readable line. */
const [LONGEST, MOST] = [150, 190];

/** ["data", "sources", 0] -> "data.sources[0]". */
const placeOf = (path: readonly PropertyKey[]): string =>
  path.reduce<string>(
    (place, key) => (typeof key === "number" ? `${place}[${key}]` : `${place}${place && "."}${String(key)}`),
    "",
  );

const cut = (words: string): string => (words.length > LONGEST ? `${words.slice(0, LONGEST)}...` : words);

/**
 * One line of the first few problems and the number of the others, such as
 * "steps: too small: expected number to be >=1; optimiser: unrecognized key: "betas"; and 2 more".
 */
export function problemsOf({ issues }: z.ZodError): string {
  const all = issues.map(({ path, message }) => {
    const words = message.charAt(0).toLowerCase() + message.slice(1);
    return cut(path.length > 0 ? `${placeOf(path)}: ${words}` : words);
  });
  const fits = (count: number): boolean => all.slice(0, count).join("; ").length <= MOST;
  const listed = all.filter((_, i) => i === 0 || fits(i + 1));
  const more = all.length - listed.length;
  return `${listed.join("; ")}${more > 0 ? `; and ${more} more` : ""}`;
}
