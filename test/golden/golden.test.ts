/** @file All golden checks on the fixtures beside the project, and that the command tells right from wrong. */
import { execFile } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parseSafetensors } from "../../src/exchange/safetensors.js";
import { bundled } from "../bundled.js";
import type { GoldenCheck } from "./check.js";
import { golden } from "./command.js";
import { type FileReport, runGolden } from "./run.js";

const PROJECT = join(import.meta.dirname, "../..");
const ROOT = join(PROJECT, "../shared/golden");

/** Folders whose files `checks/FOLDER.test.ts` checks one by one. */
const CHECKED_ELSEWHERE = ["degradation", "diffusion", "metrics"];

test("every file that is supported passes", async () => {
  const reports: FileReport[] = [];
  const elsewhere = ({ files }: Pick<GoldenCheck, "files">) => CHECKED_ELSEWHERE.includes(files.at(-1)!.split("/")[0]!);
  for await (const report of runGolden(ROOT, elsewhere)) reports.push(report);
  expect(reports.flatMap(({ files, failures }) => failures.map((failure) => `${files}: ${failure}`))).toEqual([]);
  const passed = reports.filter(({ status }) => status === "passed").map(({ files }) => files.at(-1));
  for (const file of ["ops/ops", "networks/cond_ddpm_unet__a"]) expect(passed).toContain(`${file}.safetensors`);
  expect(reports.find(({ files }) => files.includes("ops/ops.safetensors"))!.compared).toBeGreaterThan(600);
}, 300_000);

describe("the command", () => {
  const OP = "silu";
  let dir = "";
  beforeAll(() => {
    dir = mkdtempSync(join(tmpdir(), "golden-"));
    cpSync(join(ROOT, "ops"), join(dir, "ops"), { recursive: true });
    // The cases of one op: all others have passed above.
    const list = join(dir, "ops/ops.json");
    const { cases, ...rest } = JSON.parse(readFileSync(list, "utf8")) as { cases: { op: string }[] };
    writeFileSync(list, JSON.stringify({ ...rest, cases: cases.filter(({ op }) => op === OP) }));
  });
  afterAll(() => rmSync(dir, { recursive: true, force: true }));

  async function run(...args: string[]): Promise<{ code: number; out: string; err: string }> {
    const written = { out: "", err: "" };
    const log = (text: string) => (written.out += `${text}\n`);
    const code = await golden({ log, error: (text: string) => (written.err += `${text}\n`) }, ...args);
    return { code, ...written };
  }

  test("is a process that ends with its code", async () => {
    const [program] = await bundled("test/golden/main.ts");
    const ended = promisify(execFile)(process.execPath, [program, join(PROJECT, "docs")]);
    await expect(ended).rejects.toMatchObject({
      ...{ code: 2, stdout: "", stderr: expect.stringContaining("holds none of ops, networks") },
    });
  });

  test("passes a folder with one of the groups", async () => {
    const { code, out } = await run(dir);
    expect(out.trimEnd().split("\n").at(-1)).toBe("1 passed, 0 failed");
    expect(out).toMatch(/^passed .*ops\.safetensors: \d+ compared, worst error/);
    expect(code).toBe(0);
  });

  test("names the one value that is wrong", async () => {
    const file = join(dir, "ops/ops.safetensors");
    const bytes = Uint8Array.from(readFileSync(file));
    const header = Number(new DataView(bytes.buffer).getBigUint64(0, true));
    const entries = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + header))) as Record<
      string,
      { data_offsets: [number, number] }
    >;
    const name = [...parseSafetensors(bytes).tensors.keys()].find((key) => /^silu.*\/grad_x$/.test(key))!;
    const at = 8 + header + entries[name]!.data_offsets[0] + 4 * 5;
    const view = new DataView(bytes.buffer);
    view.setFloat32(at, view.getFloat32(at, true) + 1e-3, true);
    writeFileSync(file, bytes);
    const { code, out } = await run(dir);
    expect(out).toMatch(new RegExp(`${name}: 1\\.0\\de-3 > .* at index 5`));
    expect(out.trimEnd().split("\n").at(-1)).toBe("0 passed, 1 failed");
    expect(code).toBe(1);
  });

  test.each([
    [["/nowhere/at/all"], /is not a folder/],
    [[join(PROJECT, "docs")], /holds none of ops, networks/],
    [[], /usage: npm run golden -- DIR \[PART\]/],
  ])("says what is wrong with %j", async (args, message) => {
    const { code, err } = await run(...args);
    expect(err).toMatch(message);
    expect(code).toBe(2);
  });
});
