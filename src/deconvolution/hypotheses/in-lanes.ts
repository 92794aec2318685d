/** @file Work of many parts, some of it at the same time. */

/** Results in the parts' order, `lanes` of them under way at any time. `begin` may throw: then no more are begun. */
export async function inLanes<T, R>(parts: Iterable<T>, lanes: number, begin: (part: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  const waiting = [...parts].entries();
  const lane = async () => {
    for (const [i, part] of waiting) results[i] = await begin(part);
  };
  await Promise.all(Array.from({ length: Math.max(1, lanes) }, lane));
  return results;
}
