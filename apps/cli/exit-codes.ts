/** What the process says to its caller when it ends; documented by `unblur --help`. */
export const EXIT = {
  /** All that was asked for was done. */
  done: 0,
  /** Something failed: a file, a model, the training; stderr says what. */
  failed: 1,
  /** The command line could not be understood. Nothing was done. */
  usage: 2,
  /** Stopped by Ctrl-C, SIGTERM or the end of the terminal, 128 + the number of SIGINT as shells have it. */
  cancelled: 130,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];
