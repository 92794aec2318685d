/** @file A command line run in this process, with what it wrote. */
import { COMMANDS } from "../apps/cli/catalog.js";
import { runProgram } from "../apps/cli/program.js";

export async function commandLine(...argv: string[]) {
  const written = { out: "", err: "" };
  const code = await runProgram({ name: "unblur", version: "0", summary: "", commands: COMMANDS }, argv, {
    stdout: { write: (text) => (written.out += text) },
    stderr: { write: (text) => (written.err += text) },
    signal: new AbortController().signal,
  });
  return { code, ...written };
}
