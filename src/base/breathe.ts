/** Lets timers, signals and messages in between two parts of long work on one thread. */
export const breathe = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));
