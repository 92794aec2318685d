/**
 * @file Fair timing on a shared machine: contenders take turns, and medians and fastest times of many turns are
 * compared.
 */

export interface Contender {
  readonly name: string;
  /** One repetition; resolves to its milliseconds. */
  time(): Promise<number>;
}

export interface Timing {
  readonly name: string;
  readonly medianMs: number;
  readonly minMs: number;
  readonly repetitions: number;
}

export function summary(name: string, times: readonly number[]): Timing {
  const sorted = [...times].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  const medianMs = (sorted[Math.ceil(middle) - 1]! + sorted[Math.floor(middle)]!) / 2;
  return { name, medianMs, minMs: sorted[0]!, repetitions: sorted.length };
}

const WARM_UP = 2;

/** Each contender once per round, in turn; the first rounds warm up (memory, thread pools) and do not count. */
export async function interleaved(contenders: readonly Contender[], repetitions: number): Promise<Timing[]> {
  const times = contenders.map((): number[] => []);
  for (let round = -WARM_UP; round < repetitions; round++) {
    for (const [i, contender] of contenders.entries()) {
      const ms = await contender.time();
      if (round >= 0) times[i]!.push(ms);
    }
  }
  return contenders.map(({ name }, i) => summary(name, times[i]!));
}

export async function elapsedMs(run: () => Promise<void>): Promise<number> {
  const start = performance.now();
  await run();
  return performance.now() - start;
}
