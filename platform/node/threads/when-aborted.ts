/** @file Waits for an abort that may have happened already. */
import { once } from "node:events";

/**
 * Resolves when the signal aborts, immediately if it has already. An aborted signal fires no further event, neither for
 * `once` nor for `addEventListener` or `AbortSignal.any`.
 */
export async function whenAborted(signal: AbortSignal): Promise<void> {
  if (!signal.aborted) await once(signal, "abort");
}
