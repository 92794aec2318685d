/** @file The page as a person uses it: in Chromium, with the restorer behind it, by its labels. */
import { rmSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";
import sharp from "sharp";
import { afterAll, beforeAll, expect, test } from "vitest";
import { deblur } from "../../platform/node/deblur.js";
import { violations } from "../accessibility.js";
import { serveFolder } from "./static-server.js";
import { buildPage, openSite } from "./web-page.js";

const EXAMPLE = join(import.meta.dirname, "../../examples/friends-blurry.jpg");

let folder: string;
let photo: Buffer;
beforeAll(async () => {
  folder = await buildPage();
  photo = await sharp(EXAMPLE).extract({ left: 200, top: 300, width: 120, height: 80 }).png().toBuffer();
}, 120_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const restored = (page: Page) => page.getByText(/^Restored in/).waitFor({ timeout: 120_000 });

test("a photo is opened, restored, compared, drawn several times, scrubbed and downloaded", {
  timeout: 240_000,
}, async () => {
  await using server = await serveFolder(folder);
  await using site = await openSite(`${server.url}?device=wasm`);
  const { page, errors } = site;
  expect(await violations(page)).toEqual([]);
  await page.getByLabel("Photo file").setInputFiles({ name: "part.png", mimeType: "image/png", buffer: photo });
  await restored(page);
  await page.getByText(/on your device: WebAssembly/).waitFor();

  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("button", { name: "Download" }).click(),
  ]);
  const written = await sharp(await download.path())
    .removeAlpha()
    .raw()
    .toBuffer();
  const expected = (await deblur(photo, { seed: 0 })).raster.data;
  const near = written.filter((value, i) => Math.abs(value - expected[i]!) <= 1).length;
  expect(near / expected.length).toBeGreaterThanOrEqual(0.999);

  expect(await page.getByLabel("Model", { exact: true }).inputValue()).toBe("default");
  await page
    .getByLabel(/^Model file/)
    .setInputFiles({ name: "model.zip", mimeType: "application/zip", buffer: Buffer.from("no model") });
  await page.getByRole("alert").waitFor(); // said, and the model before stays
  expect(await page.getByLabel("Model", { exact: true }).inputValue()).toBe("default");

  const split = page.getByLabel(/Where the photo ends/);
  await split.focus();
  await page.keyboard.press("Home");
  expect(await split.inputValue()).toBe("0");
  await page.getByRole("button", { name: "Larger" }).click();
  await page.getByText("150 %").waitFor();

  await page.getByLabel(/^Samples/).fill("3");
  await page.getByLabel("Check it against the photo").check();
  await page.getByRole("button", { name: /^Copy a link/ }).click();
  expect(new URL(page.url()).hash).toBe("#realism=1&samples=3&seed=0");
  await page.getByRole("button", { name: "Restore again" }).click();
  const gallery = page.getByRole("region", { name: "Different restorations" });
  await gallery.getByRole("button").nth(3).waitFor({ timeout: 120_000 });
  await gallery.getByRole("button", { name: /^Mean of 3/ }).click();
  expect(await gallery.getByRole("button", { pressed: true }).count()).toBe(1);

  await page.getByRole("img", { name: /^The estimated blur/ }).waitFor({ timeout: 120_000 });

  const steps = page.getByRole("region", { name: "Step by step" });
  await steps.getByLabel("Step", { exact: true }).fill("0");
  expect(await steps.getByRole("img").count()).toBe(2); // nothing has changed before the first step
  expect(await violations(page)).toEqual([]);

  await page.emulateMedia({ colorScheme: "dark", reducedMotion: "reduce" });
  expect(await violations(page)).toEqual([]);
  await page.setViewportSize({ width: 390, height: 844 });
  expect(await page.evaluate("document.documentElement.scrollWidth - innerWidth")).toBeLessThanOrEqual(0);
  expect(errors).toEqual([]);
});

test("what is no photo is refused in words, and the page goes on", { timeout: 60_000 }, async () => {
  await using server = await serveFolder(folder);
  await using site = await openSite(`${server.url}?device=wasm`);
  const file = { name: "notes.txt", mimeType: "text/plain", buffer: Buffer.from("no photo") };
  await site.page.getByLabel("Photo file").setInputFiles(file);
  await site.page.getByRole("alert").waitFor();
  expect((await site.page.getByRole("alert").textContent())?.length).toBeGreaterThan(20);
  await site.page.getByRole("button", { name: "Choose a photo" }).waitFor();
});
