/**
 * @file What a golden check is. To add one: export a `GoldenCheck[]` from `checks/<folder>.ts` and list it in
 * `checks.ts`. A check reads its files from the folder it is given, compares every value with `compared` and names what
 * it leaves out with `skipped`; it knows ops, options and formats, but no sizes, seeds or names of cases.
 */
import type { Outcome } from "./checks/outcome.js";

export type { Outcome } from "./checks/outcome.js";

export interface GoldenCheck {
  /**
   * What it reads, relative to the folder of all fixtures; the last one holds the numbers and names the line of the
   * report.
   */
  readonly files: readonly string[];
  /** `root` is the folder of all fixtures. Rejects if a file is missing or of another form. */
  readonly check: (root: string) => Promise<Outcome[]>;
}
