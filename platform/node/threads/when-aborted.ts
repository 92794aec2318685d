/** @file Waiting for a stop that may have come before. */
import { once } from "node:events";

/**
 * Resolves when the signal aborts, at once if it has already. A signal that has already aborted fires no event: neither
 * for `once`, nor for `addEventListener`, nor for `AbortSignal.any`.
 */
export async function whenAborted(signal: AbortSignal): Promise<void> {
  if (!signal.aborted) await once(signal, "abort");
}
