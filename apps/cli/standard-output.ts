/** @file Standard output that can fail: its disk is full, or whoever reads it has closed it. */
import { UnblurError } from "../../src/base/errors.js";

const REASONS: Readonly<Record<string, string>> = {
  EPIPE: "its reader has closed it",
  ENOSPC: "the disk is full",
  EIO: "its terminal is gone",
};

/**
 * Stops the program when its results can no longer be printed: from then on nobody would learn of them. What cannot be
 * said on standard error is dropped, and the work goes on: the exit code tells how it ended.
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
