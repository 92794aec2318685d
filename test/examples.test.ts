/** @file The programs under examples/ run, as they are. */
import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readImage } from "../platform/node/photos/image-file.js";
import { writeIdentityModel } from "./identity-model.js";

const EXAMPLES = join(import.meta.dirname, "..", "examples");
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "unblur-examples-"));
  await writeIdentityModel(join(folder, "identity"));
});
afterAll(() => rm(folder, { recursive: true }));

const run = (name: string, ...args: string[]) =>
  promisify(execFile)(process.execPath, ["--import", "tsx", join(EXAMPLES, name), ...args]);

test("library.ts restores a photo and reports progress", async () => {
  const [photo, output] = [join(EXAMPLES, "friends-blurry.jpg"), join(folder, "friends.png")];
  const { stdout, stderr } = await run("library.ts", photo, output, join(folder, "identity"));
  expect({ stdout, stderr }).toEqual({ stdout: `${output}\n`, stderr: "predicting: 100 %\n" });
  const [before, after] = [await readImage(photo), await readImage(output)];
  expect(Buffer.compare(Buffer.from(before.raster.data), Buffer.from(after.raster.data))).toBe(0);
});

test("library.ts tells an error by its code", async () => {
  const failure = await run("library.ts", join(folder, "none.jpg"), "out.png", join(folder, "identity")).catch(
    (e) => e,
  );
  expect(failure).toMatchObject({ code: 1, stdout: "" });
  expect(failure.stderr).toMatch(/^file: .*no such file/);
});
