/** @file The last lines of a test run that skipped tests: how many, and what this machine lacks for them. */
import type { Reporter, TestModule } from "vitest/node";
import { lacks, NEEDS } from "./machine.js";

export default class SkippedReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const skipped = modules.reduce((sum, { children }) => sum + [...children.allTests("skipped")].length, 0);
    const lines = (Object.keys(NEEDS) as (keyof typeof NEEDS)[])
      .filter(lacks)
      .map((need) => `  ${NEEDS[need].tests}: ${NEEDS[need].remedy}\n`);
    if (skipped === 0 || lines.length === 0) return; // without a need, a filter by name left tests out
    process.stderr.write(`\nSKIPPED: ${skipped} tests. On this machine these cannot run:\n${lines.join("")}\n`);
  }
}
