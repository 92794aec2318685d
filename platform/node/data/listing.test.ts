/** @file Contents of a data set's folder. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { dataSchema } from "../../../src/data/config.js";
import { writeWavePairs } from "../../../test/training/wave-pairs.js";
import { listFolder } from "./listing.js";
import { loadPlan } from "./load-plan.js";
import { openPairs } from "./pairs.js";

let folder: string;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "unblur-listing-"));
  await writeWavePairs(join(folder, "data"), 2);
});
afterEach(() => rmSync(folder, { recursive: true }));

const config = () => dataSchema.parse({ patchPx: 16, sources: [{ layout: "pairs", path: "data" }] });

test("files, folders and links to them, dangling ones too", async () => {
  symlinkSync(join(folder, "data", "blur", "0.png"), join(folder, "data", "link.png"));
  symlinkSync(join(folder, "nowhere"), join(folder, "data", "dangling.png"));
  const { files } = await listFolder(join(folder, "data"));
  expect(files).toEqual(expect.arrayContaining(["blur/0.png", "sharp/1.png", "link.png", "dangling.png"]));
});

describe("a pipe without a writer is refused without waiting", { timeout: 20_000 }, () => {
  test.each(["blur/1.png", "list.txt"])("%s", async (name) => {
    const path = join(folder, "data", name);
    rmSync(path, { force: true });
    execFileSync("mkfifo", [path]);
    const refusal = expect.objectContaining({
      code: "data",
      message: expect.stringMatching(new RegExp(`expected files with photos, but "${name}" is a pipe, .*; remove it$`)),
    });
    await expect(openPairs(join(folder, "data"))).rejects.toEqual(refusal); // evaluation
    await expect(loadPlan(config(), folder, 1)).rejects.toEqual(refusal); // training
  });

  test("a link to one", async () => {
    execFileSync("mkfifo", [join(folder, "pipe")]);
    symlinkSync(join(folder, "pipe"), join(folder, "data", "blur", "2.png"));
    await expect(listFolder(join(folder, "data"))).rejects.toMatchObject({ code: "data" });
  });
});
