/** @file Photos taken out of the page's queue: work on them ends, the others go on, they come back, memory is freed. */
import type { Page } from "playwright-core";
import { beforeAll, expect } from "vitest";
import { violations } from "../accessibility.js";
import { pageTest } from "../page.js";
import { serveFolder } from "./static-server.js";
import { builtPage, downloaded, firstScreen, openSite, part, pixels } from "./web-page.js";

let folder: string;
beforeAll(async () => {
  folder = await builtPage();
}, 120_000);

const strip = (page: Page) => page.getByRole("region", { name: "Photos" });
const thumbnails = (page: Page) =>
  strip(page)
    .locator(".thumbnail")
    .all()
    .then((all) => Promise.all(all.map((one) => one.getAttribute("aria-label"))));
const undo = (page: Page) => page.getByRole("button", { name: "Undo", exact: true }).filter({ visible: true });

/** Counts pictures that are not closed and what the worker still holds. In the page's own words. */
const COUNT = `(() => {
  const held = new Set();
  const pictures = [];
  const open = unblur.openPhoto, reopen = unblur.reopen, deblur = unblur.deblur, release = unblur.release;
  const taken = (result) => {
    held.add(result.id);
    pictures.push(...result.samples);
    return result;
  };
  unblur.openPhoto = async (...given) => {
    const opened = await open(...given);
    held.add(opened.photo.id);
    pictures.push(opened.picture);
    return opened;
  };
  unblur.reopen = async (...given) => taken(await reopen(...given));
  unblur.deblur = async (...given) => taken(await deblur(...given));
  unblur.release = (id) => {
    held.delete(id);
    return release(id);
  };
  const create = createImageBitmap;
  globalThis.createImageBitmap = async (...given) => {
    const picture = await create(...given);
    pictures.push(picture);
    return picture;
  };
  const urls = new Set();
  const [make, revoke] = [URL.createObjectURL, URL.revokeObjectURL];
  URL.createObjectURL = (blob) => {
    const url = make.call(URL, blob);
    urls.add(url);
    return url;
  };
  URL.revokeObjectURL = (url) => {
    urls.delete(url);
    revoke.call(URL, url);
  };
  globalThis.memory = () => ({
    held: held.size,
    pictures: pictures.filter((one) => one.width > 0).length,
    urls: urls.size,
    total: pictures.length,
  });
})()`;

pageTest("removing ends the work on a photo, Undo brings it back, and memory is freed", async () => {
  await using server = await serveFolder(folder);
  // Many steps, so that the first photo is being restored when it is removed.
  await using site = await openSite(`${server.url}?device=wasm&model=fast#restoreSharp=true&steps=20`);
  const { page, errors } = site;
  await page.evaluate(COUNT);
  await page.clock.install();
  const files = [await part("long.png", 100, 400, 300), await part("b.png", 300), await part("c.png", 250)];
  await page.getByLabel("Photo files").setInputFiles(files);
  await strip(page).getByRole("button", { name: "long.png, being restored" }).waitFor();
  await page.getByRole("progressbar", { name: "Restoring" }).waitFor();
  await strip(page).getByRole("button", { name: "Remove long.png" }).click();
  // The focus goes to the neighbour's button, whose photo is shown and restored, with the other one.
  const focused = () => page.evaluate("document.activeElement.ariaLabel");
  await expect.poll(focused).toBe("Remove b.png");
  await strip(page).getByText("2 of 2 done").waitFor({ timeout: 60_000 });
  expect(await thumbnails(page)).toEqual(["b.png, restored", "c.png, restored"]);
  expect(await strip(page).getByRole("button", { pressed: true }).getAttribute("aria-label")).toBe("b.png, restored");
  expect(await page.getByRole("status").allTextContents()).toContain("Removed long.png.");
  const restored = await pixels(await downloaded(page));
  expect(await violations(page)).toEqual([]);

  // It comes back to its place, is shown again and restored.
  await undo(page).click();
  await strip(page).getByRole("button", { name: "long.png, being restored" }).waitFor();
  expect((await thumbnails(page)).map((name) => name!.split(",")[0])).toEqual(["long.png", "b.png", "c.png"]);
  await page.getByText("long.png, 400 x 300").waitFor();
  expect(await strip(page).getByRole("button", { name: "b.png, restored" }).count()).toBe(1);
  // By the keyboard, and for good.
  await strip(page).getByRole("button", { name: "long.png, being restored" }).press("Delete");
  await expect.poll(() => thumbnails(page)).toEqual(["b.png, restored", "c.png, restored"]);
  await expect.poll(() => page.title(), { timeout: 20_000 }).toBe("done: b.png - unblur");

  // All of them: the first screen, from which they come back with their results.
  await strip(page).getByRole("button", { name: "Remove all" }).click();
  await firstScreen(page).waitFor();
  await page.getByText("Removed 2 photos.").waitFor();
  expect(await page.getByRole("button", { name: "Back to your photos" }).count()).toBe(0);
  expect(await violations(page)).toEqual([]);
  await undo(page).click();
  await strip(page).getByText("2 of 2 done").waitFor();
  await page.getByText("Restored earlier.").waitFor();
  expect((await pixels(await downloaded(page))).equals(restored)).toBe(true);

  // One by one; the last one has no thumbnail.
  await strip(page).getByRole("button", { name: "Remove c.png" }).click();
  await page.getByRole("button", { name: "Remove b.png" }).click();
  await firstScreen(page).waitFor();
  await page.getByText("Removed b.png.").waitFor();
  await page.mouse.move(640, 700);
  await page.evaluate("document.activeElement.blur()");
  await page.clock.runFor(500);
  await page.clock.fastForward(21_000);
  await expect.poll(() => undo(page).count()).toBe(0);
  await page.clock.runFor(1000);
  const memory = await page.evaluate<{ total: number }>("memory()");
  expect(memory).toMatchObject({ held: 0, pictures: 0, urls: 0 });
  expect(memory.total).toBeGreaterThan(8); // the count works
  expect(errors).toEqual([]);
});

pageTest("when none of several files is a photo, the first screen says why", async () => {
  await using server = await serveFolder(folder);
  await using site = await openSite(`${server.url}?device=wasm&model=fast`);
  const { page } = site;
  const bad = (name: string) => ({ name, mimeType: "image/jpeg", buffer: Buffer.from("no picture") });
  await page.getByLabel("Photo files").setInputFiles([bad("one.jpg"), bad("two.jpg")]);
  const alert = page.getByRole("alert").filter({ hasText: "one.jpg" });
  await alert.waitFor({ timeout: 10_000 });
  expect(await alert.textContent()).toMatch(/one\.jpg: it is not a picture.*\ntwo\.jpg: it is not a picture/);
  // Neither comes back with the next photo.
  await page.getByLabel("Photo files").setInputFiles(await part("a.png", 200));
  await page.getByText(/^Restored in/).waitFor({ timeout: 120_000 });
  expect(await strip(page).count()).toBe(0);
});
