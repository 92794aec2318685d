/** @file Runs the program in a process: streams and their failures, signals and the exit code. */
import { unblurVersion } from "../../platform/node/version.js";
import { UnblurError } from "../../src/base/errors.js";
import { COMMANDS } from "./catalog.js";
import { runProgram } from "./program.js";
import { listenToStarter } from "./respawn-with-huge-pages.js";
import { listenToSignals } from "./stop-signals.js";

/** Reasons for failures of standard output, by the system's code. */
const REASONS: Readonly<Record<string, string>> = {
  EPIPE: "its reader has closed it",
  ENOSPC: "the disk is full",
  EIO: "its terminal is gone",
};

/**
 * Stops the program when its results can no longer be printed. Failed writes to standard error are ignored: the work
 * continues, and the exit code still shows the outcome.
 */
function watchOutput(
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

const stop = new AbortController();
listenToSignals((signal) => stop.abort(signal));
listenToStarter((signal) => stop.abort(signal));
const { flush } = watchOutput(process, (failure) => stop.abort(failure));

process.exitCode = await runProgram(
  {
    name: "unblur",
    version: unblurVersion,
    summary: "Restore photos that a shaking camera or a moving subject has blurred.",
    commands: COMMANDS,
  },
  process.argv.slice(2),
  {
    stdin: () => process.stdin, // opened only by commands that read it
    stdout: process.stdout,
    stderr: process.stderr,
    signal: stop.signal,
    flush,
    debug: Boolean(process.env.UNBLUR_DEBUG),
  },
);
