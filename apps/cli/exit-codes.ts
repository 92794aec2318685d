/** Exit codes of the process, documented by `unblur --help`. */
export const EXIT = {
  /** Everything succeeded. */
  done: 0,
  /** Something failed: a file, a model or the training. The reason is on stderr. */
  failed: 1,
  /** The command line is wrong. Nothing was done. */
  usage: 2,
  /** Stopped by Ctrl-C, SIGTERM or a closed terminal; 128 + the number of SIGINT, as in shells. */
  cancelled: 130,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];
