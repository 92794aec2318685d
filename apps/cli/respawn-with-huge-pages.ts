/** @file Runs this program again in a child process with another environment. The caller sees a single program. */
import { spawn } from "node:child_process";
import { listenToSignals, type StopSignal } from "./stop-signals.js";

/** Environment variable that marks the child process. */
const MARK = "UNBLUR_STARTED_AGAIN";

/** Runs the same command line with `environment` added, and exits as the child exits. */
export async function respawn(environment: NodeJS.ProcessEnv): Promise<void> {
  const child = spawn(process.execPath, [...process.execArgv, ...process.argv.slice(1)], {
    stdio: ["inherit", "inherit", "inherit", "ipc"],
    env: { ...process.env, ...environment, [MARK]: "1" },
  });
  // Ctrl-C reaches both processes, a signal to this process only this one. A forwarded message is harmless if the child
  // had the signal, or if it has ended and this process has not heard of that yet: the callback takes that error.
  listenToSignals((signal) => child.connected && child.send(signal, () => {}));
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

/** Runs in the child process: receives signals forwarded by the parent, and exits when the parent is gone. */
export function listenToStarter(onSignal: (signal: StopSignal) => void): void {
  if (!process.env[MARK]) return;
  delete process.env[MARK];
  if (!process.channel) process.exit(1); // the parent ended before the listener was attached
  process.on("message", (signal: StopSignal) => onSignal(signal));
  process.once("disconnect", () => process.exit(1));
  process.channel.unref();
}
