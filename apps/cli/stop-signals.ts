/** @file Signals that request the program to stop. */

export const STOP_SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
export type StopSignal = (typeof STOP_SIGNALS)[number];

/**
 * The first signal requests a clean stop. The next one finds no listener and ends the process as usual. SIGHUP is an
 * exception: a closed terminal sends it more than once, from its shell and from the system, so later ones are ignored.
 */
export function listenToSignals(onSignal: (signal: StopSignal) => void): void {
  for (const signal of STOP_SIGNALS)
    if (signal === "SIGHUP") process.on(signal, () => onSignal(signal));
    else process.once(signal, () => onSignal(signal));
}
