/** @file `unblur compare` from end to end: sheets, key and page, which agree on what is behind each letter. */
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readRgb, writeImage } from "../platform/node/photos/image-file.js";
import { cropRaster } from "../src/images/crop.js";
import { commandLine } from "./command-line.js";
import { openPage, openProfile, pageTest } from "./page.js";

const WAYS = { dark: 40, light: 200, pale: 230 } as const;
const NAMES = ["a", "b", "c", "d"];
let folder: string;
const at = (...parts: string[]) => join(folder, ...parts);

async function write(path: string, grey: number, width = 160): Promise<void> {
  const data = new Uint8Array(3 * width * 120).fill(grey);
  await writeImage(path, { raster: { width, height: 120, channels: 3, data }, format: "png", metadata: {} });
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "unblur-compare-"));
  for (const way of ["photos", ...Object.keys(WAYS), "few"]) await mkdir(at(way));
  for (const name of NAMES) {
    await write(at("photos", `${name}.png`), 128);
    await write(at("dark", `${name}.png`), WAYS.dark);
    await write(at("light", `${name}.restored.png`), WAYS.light);
    await write(at("pale", `${name}.png`), WAYS.pale);
  }
  await write(at("few", "a.png"), 1);
  await write(at("few", "b.png"), 1, 80);
});
afterAll(() => rm(folder, { recursive: true }));

const compare = (...more: string[]) => commandLine("compare", at("photos"), "--crop", "64", "--crops", "2", ...more);
const results = () => Object.keys(WAYS).flatMap((way) => ["--result", at(way)]);

pageTest("sheets, key and page agree, and the order changes from photo to photo", async () => {
  const { code, out, err } = await compare(...results(), "--out", at("out"));
  expect({ code, out }, err).toEqual({ code: 0, out: `${at("out/compare.html")}\n` });
  const key = JSON.parse(await readFile(at("out/key.json"), "utf8")) as Record<
    string,
    Record<string, keyof typeof WAYS>
  >;
  expect(Object.keys(key)).toEqual(["01: a.png", "02: b.png", "03: c.png", "04: d.png"]);
  expect(new Set(Object.values(key).map((letters) => Object.values(letters).join())).size).toBeGreaterThan(1);
  for (const [i, letters] of Object.values(key).entries()) {
    const sheet = await readRgb(at(`out/sheet-0${i + 1}.png`));
    expect([sheet.width, sheet.height]).toEqual([4 * (64 + 18) + 6, 2 * (64 + 18) + 6]);
    const shown = [0, 1, 2, 3].map((k) => {
      const { data } = cropRaster(sheet, { left: 12 + k * 82, top: 12, width: 64, height: 64 });
      return [...new Set(data)];
    });
    expect(shown).toEqual([[128], ...Object.values(letters).map((way) => [WAYS[way]])]);
  }
  expect(await openPage(at("out/compare.html"))).toMatchObject({ errors: [], requests: [], broken: 0, pictures: 32 });

  const profile = await openProfile();
  try {
    const page = await profile.newPage();
    await page.goto(pathToFileURL(at("out/compare.html")).href);
    expect(await page.isDisabled("#reveal")).toBe(true);
    expect(await page.textContent("main")).not.toContain("pale");
    // On every photo but the last, "light" is best and "dark" is worse than the photo.
    for (const [i, letters] of Object.values(key).slice(0, 3).entries()) {
      const place = (way: string) => Object.values(letters).indexOf(way as keyof typeof WAYS);
      await page.check(`form[data-photo="${i}"] input[name=best][value="${place("light")}"]`);
      await page.check(`form[data-photo="${i}"] input[name=worse][value="${place("dark")}"]`);
    }
    expect(await page.textContent("#state")).toBe("3 of 4 photos judged");
    await page.click("#reveal");
    const rows = await page.$$eval("#told tr", (list) => list.map(({ textContent }) => textContent));
    expect(rows).toEqual(["dark03", "light30", "pale00"]);
    expect(await page.textContent("#state")).toBe("3 photos judged, 0 of them without a difference");
  } finally {
    await profile.close();
  }
});

test("the order depends on the seed and the photo's name alone", async () => {
  for (const [out, seed] of [
    ["one", 5],
    ["two", 5],
    ["three", 6],
  ] as const)
    expect(await compare(...results(), "--seed", String(seed), "--out", at(out))).toMatchObject({ code: 0 });
  const keys = await Promise.all(["one", "two", "three"].map((out) => readFile(at(out, "key.json"), "utf8")));
  expect(keys[0]).toBe(keys[1]);
  expect(keys[0]).not.toBe(keys[2]);
});

test("photos without a result of their size are named and left out", async () => {
  const { code, err } = await compare("--result", at("dark"), "--result", at("few"), "--out", at("some"));
  expect(code).toBe(1);
  expect(err).toContain("left out: b.png: expected results of 160x120 px, got 80x120");
  expect(err).toContain(`left out: c.png: there is no result in ${at("few")}`);
  expect(Object.keys(JSON.parse(await readFile(at("some/key.json"), "utf8")))).toEqual(["01: a.png"]);
});

test("nothing is written where nothing can be compared", async () => {
  await mkdir(at("empty"), { recursive: true });
  const none = await compare("--result", at("empty"), "--out", at("none"));
  expect(none).toMatchObject({ code: 1 });
  expect(none.err).toContain("expected pictures that have a result in every folder");
  expect(existsSync(at("none"))).toBe(false);
  const twice = await compare("--result", at("dark"), "--result", `${at("dark")}/`, "--out", at("none"));
  expect(twice).toMatchObject({ code: 2 });
  expect(twice.err).toContain("the folders of results must have different names");
});
