/** @file What asks the program to stop. */

export const STOP_SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
export type StopSignal = (typeof STOP_SIGNALS)[number];

/**
 * The first signal asks for a clean stop; the next one, no longer listened to, ends the process as usual. But a
 * terminal that is closed sends SIGHUP more than once, by its shell and by the system: those after the first change
 * nothing.
 */
export function listenToSignals(onSignal: (signal: StopSignal) => void): void {
  for (const signal of STOP_SIGNALS)
    if (signal === "SIGHUP") process.on(signal, () => onSignal(signal));
    else process.once(signal, () => onSignal(signal));
}
