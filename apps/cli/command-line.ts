/** @file The process around the commands. */
import { unblurVersion } from "../../platform/node/version.js";
import { COMMANDS } from "./catalog.js";
import { runProgram } from "./program.js";
import { listenToStarter, STOP_SIGNALS } from "./run-again.js";

// The first signal asks for a clean stop; the next one, no longer listened to, ends the process as usual.
const stop = new AbortController();
for (const signal of STOP_SIGNALS) process.once(signal, () => stop.abort(signal));
listenToStarter((signal) => stop.abort(signal));

// Whoever reads the results may stop reading (`| head`).
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(0);
  throw error;
});

process.exitCode = await runProgram(
  {
    name: "unblur",
    version: unblurVersion,
    summary: "Deblur photographs with generative diffusion.",
    commands: COMMANDS,
  },
  process.argv.slice(2),
  {
    stdout: process.stdout,
    stderr: process.stderr,
    signal: stop.signal,
    debug: Boolean(process.env.UNBLUR_DEBUG),
  },
);
