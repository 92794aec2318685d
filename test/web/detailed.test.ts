/** @file The preset Detailed on the page: its progress, the time left, and the command line's picture. */
import { join } from "node:path";
import sharp from "sharp";
import { expect } from "vitest";
import { pageTest } from "../page.js";
import { serveFolder } from "./static-server.js";
import { builtPage, deblurredInFloats, downloaded, openSite, pixels } from "./web-page.js";

const EXAMPLE = join(import.meta.dirname, "../../examples/friends-blurry.jpg");

/** Notes what the page says about the work, and the percent of its bar. In the page's own words. */
const NOTE = `(() => {
  globalThis.told = [];
  new MutationObserver(() => {
    const bar = document.querySelector(".work progress[aria-label=Restoring]");
    const said = document.querySelector(".work [role=status]")?.textContent;
    const left = document.querySelector(".work [role=status] + span")?.textContent;
    if (bar) told.push({ percent: (100 * bar.value) / bar.max, said, left });
  }).observe(document.body, { subtree: true, childList: true, characterData: true, attributes: true });
})()`;

interface Told {
  readonly percent: number;
  readonly said: string;
  readonly left: string;
}

pageTest("Detailed tells of every step and gives the command line's picture", { timeout: 600_000 }, async () => {
  const photo = await sharp(EXAMPLE).extract({ left: 200, top: 230, width: 128, height: 96 }).png().toBuffer();
  const expected = await deblurredInFloats(photo, { preset: "detailed", seed: 7, restoreSharp: true });
  await using server = await serveFolder(await builtPage());
  await using site = await openSite(`${server.url}?device=wasm#seed=7&restoreSharp=true&preset=fast`);
  const { page, errors } = site;
  await page.getByLabel("Photo files").setInputFiles({ name: "part.png", mimeType: "image/png", buffer: photo });
  const done = page.getByText(/^Restored in/);
  await done.waitFor({ timeout: 300_000 });
  await page.evaluate(NOTE);
  await page.getByRole("radio", { name: "Detailed" }).check();
  expect(await page.locator("#texture").inputValue()).toBe("0.5");
  await page.getByRole("button", { name: "Restore again" }).click();
  await page.getByRole("progressbar", { name: "Restoring" }).waitFor();
  await done.waitFor({ timeout: 300_000 });

  const told = await page.evaluate<Told[]>("told");
  const percents = told.map(({ percent }) => percent);
  expect(percents).toEqual([...percents].sort((a, b) => a - b));
  expect(percents.at(-1)).toBeGreaterThan(90);
  const said = new Set(told.map((one) => one.said));
  for (const step of [1, 2, 3, 4]) expect(said).toContain(`Step ${step} of 4`);
  expect(told.filter(({ left }) => /^, .* left$/.test(left)).length).toBeGreaterThan(0);

  const data = await pixels(await downloaded(page));
  const near = data.filter((value, i) => Math.abs(value - expected.raster.data[i]!) <= 1).length;
  expect(near / data.length).toBeGreaterThanOrEqual(0.999);
  await page
    .getByText(/^Detailed$/)
    .nth(1)
    .waitFor(); // among the last results, by its name
  expect(errors).toEqual([]);
});
