/** @file Waiting for a stop that may have come before. */
import { once } from "node:events";

/**
 * Resolves when the signal aborts, at once if it has already. An aborted signal fires no event any more: neither `once` nor
 * `addEventListener` hears of it, nor does what `AbortSignal.any` makes of it.
 */
export async function whenAborted(signal: AbortSignal): Promise<void> {
  if (!signal.aborted) await once(signal, "abort");
}
