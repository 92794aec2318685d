/** @file A command line run in this process, with what it wrote. */
import { COMMANDS } from "../apps/cli/catalog.js";
import { runProgram } from "../apps/cli/program.js";

export const commandLine = (...argv: string[]) => stoppableCommandLine(new AbortController().signal, ...argv);

export async function stoppableCommandLine(signal: AbortSignal, ...argv: string[]) {
  const written = { out: "", err: "" };
  const code = await runProgram({ name: "unblur", version: "0", summary: "", commands: COMMANDS }, argv, {
    stdout: { write: (text) => (written.out += text) },
    stderr: { write: (text) => (written.err += text) },
    signal,
  });
  return { code, ...written };
}
