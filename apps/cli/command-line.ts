/** @file Runs the program in a process: streams, signals and the exit code. */
import { unblurVersion } from "../../platform/node/version.js";
import { COMMANDS } from "./catalog.js";
import { runProgram } from "./program.js";
import { listenToStarter } from "./respawn-with-huge-pages.js";
import { watchOutput } from "./standard-output.js";
import { listenToSignals } from "./stop-signals.js";

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
