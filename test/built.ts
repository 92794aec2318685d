/**
 * @file What `npm run build` and `npm run build:web` made, for tests that run it, and whether its sources have changed
 * since.
 */
import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";

export const PROJECT = join(import.meta.dirname, "..");

/** When the newest file below a folder was changed. Tests are no part of what is built. */
const newest = (folder: string): number =>
  readdirSync(join(PROJECT, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => !name.endsWith(".test.ts"))
    .reduce((latest, name) => Math.max(latest, statSync(join(PROJECT, folder, name)).mtimeMs), 0);

/** Returns whether a file exists and is newer than everything in the folders it was made from. */
export const isUpToDate = (file: string, folders: readonly string[]): boolean =>
  existsSync(file) && folders.every((folder) => newest(folder) < statSync(file).mtimeMs);

const PROGRAM = join(PROJECT, "dist/apps/cli/main.js");
export const isProgramUpToDate = (): boolean =>
  isUpToDate(PROGRAM, ["apps/cli", "apps/queue", "apps/server", "platform/node", "src"]);

/**
 * Path of the built program. It starts in a fifth of the time that its sources take. Throws what to do where it is
 * missing or older than its sources.
 */
export function builtProgram(): string {
  if (!isProgramUpToDate()) throw new Error(`${PROGRAM} is missing or older than its sources: npm run build`);
  return PROGRAM;
}
