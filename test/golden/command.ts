/**
 * @file The command `npm run golden -- DIR [PART]`: every file of a folder laid out like the golden fixtures, one line
 * each.
 */
import { UnblurError } from "../../src/base/errors.js";
import { type FileReport, runGolden } from "./run.js";

const LISTED = 10;

/** ".../x.json, .../x.safetensors" as one name. */
const nameOf = ({ files }: FileReport): string => files.join(" + ");

function lines(report: FileReport): string[] {
  const { status, compared, worst, failures, skipped } = report;
  const error = worst
    ? `, worst error ${worst.error.toExponential(2)} of ${worst.tolerance.toExponential(2)} (${worst.name})`
    : "";
  const reasons = [...skipped].map(([reason, names]) =>
    names.every((name) => nameOf(report).includes(name)) ? reason : `${reason} (${names.join(", ")})`,
  );
  if (status === "skipped") return [`skipped ${nameOf(report)}: ${reasons.join("; ")}`];
  return [
    `${status.padEnd(7)} ${nameOf(report)}${compared > 0 ? `: ${compared} compared${error}` : ""}`,
    ...failures.slice(0, LISTED).map((failure) => `          ${failure}`),
    ...(failures.length > LISTED ? [`          and ${failures.length - LISTED} more`] : []),
    ...reasons.map((reason) => `          skipped: ${reason}`),
  ];
}

/** Where the command writes; the methods of `console`. */
export type GoldenOutput = Pick<Console, "log" | "error">;

/** Runs the command and returns its exit code. `part`: checks only the files whose path contains it. */
export async function golden(output: GoldenOutput, dir?: string, part = ""): Promise<number> {
  if (dir === undefined) {
    output.error(
      "usage: npm run golden -- DIR [PART] (a folder laid out like the golden fixtures: ops/, networks/, ...)",
    );
    return 2;
  }
  const counts = { passed: 0, failed: 0, skipped: 0 };
  try {
    for await (const report of runGolden(dir, ({ files }) => !files.some((file) => file.includes(part)))) {
      counts[report.status]++;
      output.log(lines(report).join("\n"));
    }
  } catch (error) {
    if (!(error instanceof UnblurError)) throw error;
    output.error(error.message);
    return 2;
  }
  if (counts.passed + counts.failed === 0) {
    output.error(`golden: nothing in "${dir}" could be checked`);
    return 1;
  }
  if (counts.skipped > 0) output.log(`${counts.skipped} skipped, named above`);
  output.log(`${counts.passed} passed, ${counts.failed} failed`);
  return counts.failed > 0 ? 1 : 0;
}
