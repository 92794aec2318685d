/** @file The page on telephones, tablets and desktops: nothing is cut, and every control is as large as a finger. */
import sharp from "sharp";
import { beforeAll, expect } from "vitest";
import { pageTest } from "../page.js";
import { serveFolder } from "./static-server.js";
import { backToPhotos, builtPage, downloaded, firstScreen, openSite, part, photoFiles } from "./web-page.js";

const QUERY = "?device=wasm&model=fast#restoreSharp=true";

let folder: string;
beforeAll(async () => {
  folder = await builtPage();
}, 120_000);

/** What is cut, or smaller than a finger, by its name. In the page's own words: the test's compiler knows no DOM. */
const FAULTS = `(() => {
  const found = [];
  const { documentElement } = document;
  if (documentElement.scrollWidth > innerWidth) found.push("the page scrolls sideways");
  const isTouched = matchMedia("(pointer: coarse)").matches;
  for (const one of document.querySelectorAll("button, select, summary, a, output, input")) {
    const box = (one.matches("input") ? one.closest("label") ?? one : one).getBoundingClientRect();
    const isHidden = !one.checkVisibility() || one.matches(".hidden") || one.closest("ul");
    const name = one.getAttribute("aria-label") ?? (one.textContent || one.id || one.name);
    if (!isHidden && (box.left < 0 || box.right > innerWidth)) found.push(name + " is cut");
    if (one.checkVisibility() && isTouched && !one.matches("output, .hidden") && (box.height < 44 || box.width < 44))
      found.push(name + " is " + box.width + " x " + box.height);
  }
  for (const bar of document.querySelectorAll(".actions, .viewbar, .zoom"))
    if (bar.scrollWidth > bar.clientWidth + 1) found.push(bar.className + " scrolls sideways");
  return found;
})()`;

/** What lies under the message with Undo: at the page's top, and on a telephone wherever it is scrolled to. */
const COVERED = `(async () => {
  const found = new Set();
  const all = ".brand, .tag, .facts, .work, .banner, button, select, .striphead p, .thumbnail, .panel label";
  const end = innerWidth < 760 ? document.documentElement.scrollHeight - innerHeight : 0;
  for (let at = 0; at <= end; at += 40) {
    scrollTo(0, at);
    await new Promise(requestAnimationFrame);
    const message = document.querySelector(".removal:has(button)");
    const box = message.getBoundingClientRect();
    for (const one of document.querySelectorAll(all)) {
      if (message.contains(one) || !one.checkVisibility()) continue;
      const { left, right, top, bottom } = one.getBoundingClientRect();
      const isOver = right > box.left && left < box.right && bottom > box.top && top < box.bottom;
      // What is scrolled out of sight, under the photo or the header, is not covered by the message.
      const middle = [Math.max(left, box.left) + 1, Math.max(top, box.top) + 1];
      const isThere = document.elementsFromPoint(...middle).filter((other) => !message.contains(other))[0];
      if (isOver && (isThere === one || one.contains(isThere)))
        found.add((one.getAttribute("aria-label") ?? one.textContent) + " at " + at);
    }
  }
  scrollTo(0, 0);
  return [...found];
})()`;

for (const [width, height, isTouched] of [
  [360, 640, true],
  [360, 780, true],
  [390, 844, true],
  [390, 844, false],
  [768, 1024, true],
  [844, 390, true],
  [1280, 800, false],
] as const)
  pageTest(
    `nothing is cut or too small at ${width} x ${height}, ${isTouched ? "touched" : "with a mouse"}`,
    async () => {
      await using server = await serveFolder(folder);
      await using site = await openSite(server.url + QUERY, isTouched ? { touched: { width, height } } : {});
      const { page, errors } = site;
      await page.setViewportSize({ width, height });
      const faults = () => page.evaluate<string[]>(FAULTS);
      await firstScreen(page).waitFor();
      expect(await faults()).toEqual([]);
      await photoFiles(page).setInputFiles({
        name: "bad.png",
        mimeType: "image/png",
        buffer: Buffer.from("no picture"),
      });
      await page.getByRole("alert").filter({ hasText: "bad.png" }).waitFor();
      expect(await faults()).toEqual([]);
      const files = [await part("a.png", 200), await part("b.png", 300), await part("c.png", 250)];
      await photoFiles(page).setInputFiles(files);
      const photos = page.getByRole("region", { name: "Photos" });
      await photos.getByText("3 of 3 done").waitFor({ timeout: 120_000 });
      expect(await faults()).toEqual([]);
      await page.getByText("Expert").click();
      await page.getByLabel("Keep tone").click();
      await page.getByRole("button", { name: "Restore all again" }).waitFor();
      await page.getByRole("button", { name: "Restore only a part" }).click();
      expect(await faults()).toEqual([]);
      await photos.getByRole("button", { name: "Remove b.png" }).click();
      await page.getByRole("button", { name: "Undo", exact: true }).first().waitFor();
      expect(await faults()).toEqual([]);
      expect(await page.evaluate(COVERED)).toEqual([]);
      await page.goBack();
      await backToPhotos(page).waitFor();
      expect(await faults()).toEqual([]);
      expect(errors).toEqual([]);
    },
  );

pageTest("a telephone's download comes in the format that is chosen there", async () => {
  await using server = await serveFolder(folder);
  await using site = await openSite(server.url + QUERY, { touched: { width: 390, height: 844 } });
  const { page, errors } = site;
  await photoFiles(page).setInputFiles([await part("a.png", 200)]);
  await page.getByRole("button", { name: "Download", exact: true }).waitFor({ timeout: 120_000 });
  expect((await downloaded(page)).suggestedFilename()).toBe("a.unblurred.png");
  const format = page.getByLabel("Format of saved files");
  const { x, y, width, height } = (await format.boundingBox())!;
  expect(Math.min(width, height)).toBeGreaterThanOrEqual(44);
  expect([x + width <= 390, y + height <= 844]).toEqual([true, true]);
  await format.selectOption("image/webp");
  const file = await downloaded(page);
  expect(file.suggestedFilename()).toBe("a.unblurred.webp");
  expect((await sharp(await file.path()).metadata()).format).toBe("webp");
  expect(errors).toEqual([]);
});
