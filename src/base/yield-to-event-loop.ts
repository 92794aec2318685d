/** Yields to the event loop, so that timers, signals and messages are handled between two parts of long work. */
export const yieldToEventLoop = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));
