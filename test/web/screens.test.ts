/** @file The two screens in the browser's history: Back, Forward, reload, and leaving the site. */
import type { Page } from "playwright-core";
import { beforeAll, expect } from "vitest";
import { pageTest } from "../page.js";
import { serveFolder } from "./static-server.js";
import { backToPhotos, builtPage, downloaded, firstScreen, openSite, part, photoFiles, pixels } from "./web-page.js";

const QUERY = "?device=wasm&model=fast#restoreSharp=true";

let folder: string;
beforeAll(async () => {
  folder = await builtPage();
}, 120_000);

const restored = (page: Page) => page.getByText(/^Restored in/).waitFor({ timeout: 120_000 });
const stage = (page: Page) => page.getByRole("application");

pageTest("Back leads to the first screen and Forward to the tool, with everything kept", async () => {
  await using server = await serveFolder(folder);
  await using site = await openSite(server.url + QUERY);
  const { page, errors } = site;
  await firstScreen(page).waitFor();
  const entries = await page.evaluate<number>("history.length");
  await photoFiles(page).setInputFiles(await part("a.png", 200));
  await restored(page);
  const whole = await pixels(await downloaded(page));
  await page.locator("#strength").fill("0.5");
  await page.getByText("Expert").click();
  await page.getByRole("button", { name: /^Copy a link/ }).click();
  await page.getByRole("button", { name: "200 %" }).click();
  const half = await pixels(await downloaded(page));
  expect(half.equals(whole)).toBe(false);
  expect(await page.evaluate("history.length")).toBe(entries + 1);

  await page.goBack();
  await firstScreen(page).waitFor();
  expect(await stage(page).count()).toBe(0);
  await page.getByText("1 of 1 done").waitFor();
  await page.goForward();
  await stage(page).waitFor();
  expect(await firstScreen(page).count()).toBe(0);
  expect(await page.evaluate("document.activeElement.role")).toBe("application");
  expect(await page.locator("#strength").inputValue()).toBe("0.5");
  expect(await page.locator("#seed").isVisible()).toBe(true); // Expert is open as before
  expect(await page.getByLabel("Percent of the photo's own pixels").textContent()).toBe("200 %");
  expect((await pixels(await downloaded(page))).equals(half)).toBe(true);

  // The name leads there too, and a button back; neither makes a second entry.
  await page.getByRole("link", { name: "unblur: first screen" }).click();
  await backToPhotos(page).click();
  await stage(page).waitFor();
  await page.getByRole("link", { name: "unblur: first screen" }).click();
  await firstScreen(page).waitFor();
  expect(await page.evaluate("document.activeElement.textContent")).toBe("Back to your photos");
  await expect.poll(() => page.evaluate("history.state.screen")).toBe("start");
  expect(await page.evaluate("history.length")).toBe(entries + 1);

  // Another photo is added from the first screen: both are there.
  await photoFiles(page).setInputFiles(await part("b.png", 300));
  await page.getByRole("region", { name: "Photos" }).getByText("2 of 2 done").waitFor({ timeout: 120_000 });
  await page.goBack();
  await firstScreen(page).waitFor();

  // From the first screen Back leaves the site, which asks about results that are not saved.
  const asked: string[] = [];
  page.on("dialog", (dialog) => {
    asked.push(dialog.type());
    void dialog.dismiss();
  });
  await page.goBack({ timeout: 5000 }).catch(() => null);
  expect(asked).toEqual(["beforeunload"]);
  await backToPhotos(page).click();
  await stage(page).waitFor();
  expect(errors).toEqual([]);
});

pageTest("a link typed into the address bar, and a reload, leave Back with its meaning", async () => {
  await using server = await serveFolder(folder);
  await using site = await openSite(server.url + QUERY);
  const { page, errors } = site;
  page.on("dialog", (dialog) => void dialog.accept());
  await photoFiles(page).setInputFiles(await part("a.png", 200));
  await restored(page);
  await page.evaluate("location.hash = '#seed=3'");
  await page.waitForTimeout(200);
  await stage(page).waitFor();
  await page.getByRole("link", { name: "unblur: first screen" }).click();
  await firstScreen(page).waitFor();
  await expect.poll(() => page.evaluate("history.state.screen")).toBe("start");
  await page.goForward();
  await stage(page).waitFor();

  await page.reload();
  await firstScreen(page).waitFor();
  await expect.poll(() => page.evaluate("history.state.screen")).toBe("start");
  expect(await backToPhotos(page).count()).toBe(0);
  await page.goForward(); // to the tool, whose photo is gone
  await firstScreen(page).waitFor();
  await photoFiles(page).setInputFiles(await part("a.png", 200));
  await restored(page);
  await page.goBack();
  await firstScreen(page).waitFor();
  await page.goForward();
  await stage(page).waitFor();
  expect(errors).toEqual([]);
});
