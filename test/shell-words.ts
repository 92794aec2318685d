/** @file A command line as a shell reads it, without running the program it names. */
import { execFileSync } from "node:child_process";

/** The words of a command line, as `sh` takes them in a folder; whatever the line makes it run besides is run there. */
export function shellWords(line: string, cwd: string): string[] {
  const script = `words() { for word in "$@"; do printf '%s\\0' "$word"; done; }\nwords ${line}`;
  return execFileSync("sh", ["-c", script], { cwd, encoding: "utf8" }).split("\0").slice(0, -1);
}
