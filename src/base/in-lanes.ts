/** @file Bounded concurrency. */

/**
 * Runs `begin` on every part, `lanes` at a time; results are in the parts' order. After one that throws, none is begun.
 */
export async function inLanes<T, R>(parts: Iterable<T>, lanes: number, begin: (part: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  const waiting = [...parts].entries();
  const lane = async () => {
    for (const [i, part] of waiting) results[i] = await begin(part);
  };
  await Promise.all(Array.from({ length: Math.max(1, lanes) }, lane));
  return results;
}
