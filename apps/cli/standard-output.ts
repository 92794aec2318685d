/** @file Failures of standard output: a full disk, or a closed pipe. */
import { UnblurError } from "../../src/base/errors.js";

const REASONS: Readonly<Record<string, string>> = {
  EPIPE: "its reader has closed it",
  ENOSPC: "the disk is full",
  EIO: "its terminal is gone",
};

/**
 * Stops the program when its results can no longer be printed. Failed writes to standard error are ignored: the work
 * continues, and the exit code still shows the outcome.
 */
export function watchOutput(
  { stdout, stderr }: Pick<NodeJS.Process, "stdout" | "stderr">,
  stop: (reason: UnblurError) => void,
): { flush(): Promise<void> } {
  stdout.on("error", (cause: NodeJS.ErrnoException) => {
    const reason = REASONS[cause.code ?? ""] ?? String(cause);
    stop(
      new UnblurError(
        "file",
        `standard output: could not print the results, because ${reason}; results printed before are complete, run the rest again`,
        { cause },
      ),
    );
  });
  stderr.on("error", () => {});
  return { flush: () => new Promise((resolve) => stdout.write("", () => resolve())) };
}
