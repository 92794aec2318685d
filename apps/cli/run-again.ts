/** @file This program once more, with another environment: one program to whoever started it. */
import { spawn } from "node:child_process";
import { listenToSignals, type StopSignal } from "./stop-signals.js";

/** Tells the second process that it is one. */
const MARK = "UNBLUR_STARTED_AGAIN";

/** Runs this very command line with `environment` added, and ends as it ends. */
export async function runAgain(environment: NodeJS.ProcessEnv): Promise<void> {
  const child = spawn(process.execPath, [...process.execArgv, ...process.argv.slice(1)], {
    stdio: ["inherit", "inherit", "inherit", "ipc"],
    env: { ...process.env, ...environment, [MARK]: "1" },
  });
  // A terminal's Ctrl-C reaches both processes, a signal to this one only this: a message does no harm when it is the second word.
  listenToSignals((signal) => child.connected && child.send(signal));
  const { code, by } = await new Promise<{ code: number | null; by: NodeJS.Signals | null }>((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code, by) => resolve({ code, by }));
  });
  process.exitCode = code ?? 1;
  if (by) {
    process.removeAllListeners(by);
    process.kill(process.pid, by);
  }
}

/** In the second process: hears of signals to the first one, and ends when that is gone. */
export function listenToStarter(onSignal: (signal: StopSignal) => void): void {
  if (!process.env[MARK]) return;
  delete process.env[MARK];
  if (!process.channel) process.exit(1); // the parent ended before the listener was attached
  process.on("message", (signal: StopSignal) => onSignal(signal));
  process.once("disconnect", () => process.exit(1));
  process.channel.unref();
}
