/** @file Runs the checks of a folder laid out like the golden fixtures, file by file. */
import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { UnblurError } from "../../src/base/errors.js";
import type { GoldenCheck, Outcome } from "./check.js";
import { checksOf, FOLDERS } from "./checks.js";

export interface FileReport {
  readonly files: readonly string[];
  readonly status: "passed" | "failed" | "skipped";
  /** Number of compared tensors or values. */
  readonly compared: number;
  /** The comparison nearest to its tolerance, or furthest beyond it. */
  readonly worst: (Outcome & { kind: "compared" }) | null;
  readonly failures: readonly string[];
  /** Skipped parts, by reason. */
  readonly skipped: ReadonlyMap<string, readonly string[]>;
}

/** Files that describe the others. */
const DESCRIPTIONS = ["README.md", "MANIFEST.json", "index.json", "networks/index.json", "checkpoints/index.json"];

/** Throws unless `root` is a folder with at least one of the fixtures' folders in it. */
function requireLayout(root: string): void {
  const folders = FOLDERS.join(", ");
  if (!existsSync(root) || !statSync(root).isDirectory())
    throw new UnblurError("data", `golden: "${root}" is not a folder; give one that holds ${folders}`);
  if (!FOLDERS.some((folder) => existsSync(join(root, folder))))
    throw new UnblurError("data", `golden: "${root}" holds none of ${folders}; give the folder that holds them`);
}

function report(files: readonly string[], outcomes: readonly Outcome[]): FileReport {
  const comparisons = outcomes.filter((outcome) => outcome.kind === "compared");
  const ratio = ({ error, tolerance }: (typeof comparisons)[number]): number => (error === 0 ? 0 : error / tolerance);
  const failures = comparisons
    .filter(({ error, tolerance }) => !(error <= tolerance))
    .map(
      ({ name, error, tolerance, at }) => `${name}: ${error.toExponential(2)} > ${tolerance.toExponential(2)} at ${at}`,
    );
  const skipped = new Map<string, string[]>();
  for (const outcome of outcomes)
    if (outcome.kind === "skipped") skipped.set(outcome.reason, [...(skipped.get(outcome.reason) ?? []), outcome.name]);
  return {
    files,
    status: failures.length > 0 ? "failed" : comparisons.length > 0 ? "passed" : "skipped",
    compared: comparisons.length,
    worst: comparisons.reduce<(typeof comparisons)[number] | null>(
      (most, next) => (most === null || !(ratio(next) <= ratio(most)) ? next : most),
      null,
    ),
    failures,
    skipped,
  };
}

async function reportOf(root: string, { files, check }: GoldenCheck): Promise<FileReport> {
  const missing = files.filter((file) => !existsSync(join(root, file)));
  if (missing.length === files.length)
    return report(files, [{ kind: "skipped", name: files.join(", "), reason: "not there" }]);
  try {
    return report(files, await check(root));
  } catch (error) {
    return {
      ...report(files, []),
      status: "failed",
      failures: [error instanceof Error ? error.message : String(error)],
    };
  }
}

/** One report per file, or per group of files read together, as they are done; last those that nothing checks. */
export async function* runGolden(
  root: string,
  skips: (check: Pick<GoldenCheck, "files">) => boolean = () => false,
): AsyncGenerator<FileReport> {
  requireLayout(root);
  const checks = checksOf(root);
  for (const check of checks) if (!skips(check)) yield await reportOf(root, check);
  const known = new Set([...DESCRIPTIONS, ...checks.flatMap(({ files }) => files)]);
  const others = readdirSync(root, { recursive: true, encoding: "utf8" })
    .map((file) => file.replaceAll("\\", "/"))
    .filter((file) => statSync(join(root, file)).isFile() && !known.has(file) && !skips({ files: [file] }));
  for (const file of others.sort())
    yield report([file], [{ kind: "skipped", name: file, reason: "no check for it yet" }]);
}
