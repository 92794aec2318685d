/**
 * @file Takes the pictures of the page in README.md and docs/browser.md, from the folder that `npm run build:web`
 * makes, with the example photos. They show what a visitor sees, but for the time that the restoration took.
 *
 *   npx tsx scripts/make-page-pictures.ts [--preset fast] [--out docs/pictures] [--crop 320]
 *
 * With --crop, the page restores the middle of each photo, so many pixels wide and high: a trial of the script.
 */
import { basename, join } from "node:path";
import { parseArgs } from "node:util";
import { chromium, type Page } from "playwright-core";
import sharp from "sharp";
import { findBrowser } from "../test/find-browser.js";
import { serveFolder } from "../test/web/static-server.js";

const ROOT = join(import.meta.dirname, "..");
const PHOTOS = ["friends-blurry.jpg", "street-blurry.jpg", "square-blurry.jpg"];
/** The whole window is in the pictures. */
const WINDOW = { width: 1200, height: 750 };
/** Seconds a photo on an idle machine; a busy one is given more. */
const PATIENCE_MS = 3_600_000;
const QUALITY = 82;

const { values } = parseArgs({
  options: {
    preset: { type: "string", default: "fast" },
    out: { type: "string", default: join(ROOT, "docs/pictures") },
    crop: { type: "string" },
  },
});

/** The middle of a photo, at most `sidePx` wide and high. */
async function middle(path: string, sidePx: number): Promise<{ name: string; mimeType: string; buffer: Buffer }> {
  const { width, height } = await sharp(path).metadata();
  const part = { width: Math.min(sidePx, width), height: Math.min(sidePx, height) };
  const place = { left: (width - part.width) >> 1, top: (height - part.height) >> 1 };
  const image = sharp(path).extract({ ...part, ...place });
  return { name: basename(path), mimeType: "image/jpeg", buffer: await image.jpeg({ quality: 95 }).toBuffer() };
}

const paths = PHOTOS.map((name) => join(ROOT, "examples", name));
const { crop } = values;
const photos = crop === undefined ? paths : await Promise.all(paths.map((path) => middle(path, Number(crop))));

const executablePath = findBrowser();
if (!executablePath) throw new Error("no browser found: set CHROME_PATH, or npx playwright-core install chromium");
await using server = await serveFolder(join(ROOT, "dist-web"));
const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });

async function take(page: Page, name: string): Promise<void> {
  const path = join(values.out, `${name}.webp`);
  await page.mouse.move(0, 0); // no button is under the pointer
  await sharp(await page.screenshot())
    .webp({ quality: QUALITY })
    .toFile(path);
  console.log(path);
}

try {
  const page = await browser.newPage({ viewport: WINDOW });
  await page.goto(`${server.url}#preset=${values.preset}`);
  await page.getByRole("heading", { name: "Make shaken photos sharp again" }).waitFor();
  await page.waitForLoadState("networkidle");
  await take(page, "page");

  await page.getByLabel("Photo files").setInputFiles(photos);
  await page.getByText(`${PHOTOS.length} of ${PHOTOS.length} done`).waitFor({ timeout: PATIENCE_MS });
  await page.getByRole("button", { name: "Side by side" }).click();
  await page.getByRole("button", { name: "100 %" }).click();
  // The time is that of the machine that takes the picture.
  await page.evaluate(`document.querySelector(".work [role=status]").textContent = "Restored."`);
  await take(page, "page-tool");
} finally {
  await browser.close();
}
