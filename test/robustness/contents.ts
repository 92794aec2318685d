/** @file Contents of a folder, as text that can be compared, and files that should not be in it. */
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { basename, join } from "node:path";

/** Paths of all files below a folder, none if it is missing. */
const filesBelow = (folder: string): string[] =>
  existsSync(folder)
    ? readdirSync(folder, { recursive: true, encoding: "utf8" })
        .filter((path) => statSync(join(folder, path), { throwIfNoEntry: false })?.isFile())
        .sort()
    : [];

/**
 * Temporary files and locks below a folder: right while a process runs or after a kill, and a fault after a proper end.
 */
export const leftoversBelow = (folder: string): string[] =>
  (existsSync(folder) ? readdirSync(folder, { recursive: true, encoding: "utf8" }) : []).filter((path) =>
    /^\.|\.(part|old|lock)$/.test(basename(path)),
  );

const isVisible = (path: string): boolean => path.split("/").every((part) => !part.startsWith("."));

/**
 * Checksums of all visible files below a folder, by path. `plain` takes out of a file what may differ from run to run.
 */
export function contentsOf(
  folder: string,
  plain: (path: string, bytes: Buffer) => Buffer | string = (_, bytes) => bytes,
): Readonly<Record<string, string>> {
  const entries = filesBelow(folder)
    .filter(isVisible)
    .map((path) => {
      const bytes = plain(path, readFileSync(join(folder, path)));
      return [path, createHash("sha256").update(bytes).digest("hex").slice(0, 16)];
    });
  return Object.fromEntries(entries);
}

/** Returns the differences between two folders in words; null if there are none. */
export function difference(
  got: Readonly<Record<string, string>>,
  expected: Readonly<Record<string, string>>,
): string | null {
  const names = [...new Set([...Object.keys(got), ...Object.keys(expected)])].sort();
  const wrong = names.filter((name) => got[name] !== expected[name]);
  if (wrong.length === 0) return null;
  const how = (name: string) => (!(name in got) ? "is missing" : !(name in expected) ? "is too much" : "differs");
  return wrong.map((name) => `${name} ${how(name)}`).join(", ");
}
