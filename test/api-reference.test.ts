/** @file docs/api is what the docstrings of the built types say. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { builtProgram } from "./built.js";

test("the reference of the library is up to date; otherwise run `npm run api-reference`", () => {
  builtProgram();
  const folder = mkdtempSync(join(tmpdir(), "unblur-reference-"));
  try {
    execFileSync(process.execPath, ["scripts/api-reference/make.mjs", folder]);
    const pages = (of: string) => readdirSync(of).map((name) => [name, readFileSync(join(of, name), "utf8")]);
    expect(pages("docs/api")).toEqual(pages(folder));
  } finally {
    rmSync(folder, { recursive: true });
  }
});
