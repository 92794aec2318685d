/** @file Ways in which photos come to the page, beside its buttons; and a photo that looks sharp. */
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Page } from "playwright-core";
import sharp from "sharp";
import { afterAll, beforeAll, expect } from "vitest";
import { Rng } from "../../src/base/random.js";
import { pageTest } from "../page.js";
import { serveFolder } from "./static-server.js";
import { builtPage, deblurredInFloats, openSite } from "./web-page.js";

const EXAMPLE = join(import.meta.dirname, "../../examples/friends-blurry.jpg");
const QUERY = "?device=wasm&model=fast#restoreSharp=true";

let folder: string;
let photos: string;
beforeAll(async () => {
  folder = await builtPage();
  photos = await mkdtemp(join(tmpdir(), "unblur-opening-"));
  await mkdir(join(photos, "holiday/beach"), { recursive: true });
  for (const [name, left] of [["a.png", 200] as const, ["beach/b.png", 300] as const])
    await sharp(EXAMPLE)
      .extract({ left, top: 300, width: 64, height: 48 })
      .toFile(join(photos, "holiday", name));
  await writeFile(join(photos, "holiday/notes.txt"), "no photo");
}, 120_000);
afterAll(() => rm(photos, { recursive: true }));

const strip = (page: Page) => page.getByRole("region", { name: "Photos" });
const names = (page: Page) =>
  strip(page)
    .locator(".thumbnail")
    .all()
    .then((buttons) => Promise.all(buttons.map((button) => button.getAttribute("aria-label"))))
    .then((labels) => labels.map((label) => label!.split(",")[0]));
const bytesOf = (name: string) => readFile(join(photos, "holiday", name));

/** Adds `files` to a DataTransfer `data`. In the page's own words: the test's compiler knows no DOM. */
const given = (files: readonly { readonly name: string; readonly bytes: Buffer }[]) => `
  const data = new DataTransfer();
  for (const [name, encoded] of ${JSON.stringify(files.map(({ name, bytes }) => [name, bytes.toString("base64")]))}) {
    const bytes = Uint8Array.from(atob(encoded), (character) => character.charCodeAt(0));
    data.items.add(new File([bytes], name, { type: "image/png" }));
  }`;

/** Rectangles with edges of one pixel. */
function rectangles(width: number, height: number): Promise<Buffer> {
  const values = Rng.fromSeed(5).uniforms(5 * 600);
  const shapes = Array.from({ length: 600 }, (_, i) => {
    const [x, y, w, h, grey] = values.subarray(5 * i, 5 * i + 5) as unknown as [number, number, number, number, number];
    const level = Math.round(255 * grey);
    const place = `x="${Math.round(x * width)}" y="${Math.round(y * height)}"`;
    const size = `width="${Math.round(10 + 60 * w)}" height="${Math.round(10 + 60 * h)}"`;
    return `<rect ${place} ${size} fill="rgb(${level},${level},${255 - level})"/>`;
  });
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">${shapes.join("")}</svg>`;
  return sharp(Buffer.from(svg)).removeAlpha().png().toBuffer();
}

pageTest("a sharp photo is left as it is, and restored anyway when asked", { timeout: 240_000 }, async () => {
  const photo = await rectangles(400, 320);
  await using server = await serveFolder(folder);
  await using site = await openSite(`${server.url}?device=wasm&model=fast`);
  const { page, errors } = site;
  await page.getByLabel("Photo files").setInputFiles({ name: "sharp.png", mimeType: "image/png", buffer: photo });
  await page.getByText("This photo looks sharp already.").waitFor({ timeout: 60_000 });
  expect(await page.getByRole("button", { name: "Download", exact: true }).count()).toBe(0);
  await page.getByRole("button", { name: "Restore anyway" }).click();
  await page.getByText(/^Restored in/).waitFor({ timeout: 120_000 });
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("button", { name: "Download", exact: true }).click(),
  ]);
  const restored = await sharp(await download.path())
    .removeAlpha()
    .raw()
    .toBuffer();
  const expected = (await deblurredInFloats(photo, { model: "fast", restoreSharp: true })).raster.data;
  expect(restored.filter((value, i) => Math.abs(value - expected[i]!) <= 1).length / restored.length).toBeGreaterThan(
    0.999,
  );
  expect(errors).toEqual([]);
});

pageTest("a dropped folder is searched, and its pictures are opened by name", { timeout: 240_000 }, async () => {
  await using server = await serveFolder(folder);
  await using site = await openSite(server.url + QUERY);
  const { page, context, errors } = site;
  const devtools = await context.newCDPSession(page);
  // A drag of a real folder, as the browser gets it from the desktop.
  const data = { items: [], files: [join(photos, "holiday")], dragOperationsMask: 1 };
  for (const type of ["dragEnter", "dragOver", "drop"] as const)
    await devtools.send("Input.dispatchDragEvent", { type, x: 300, y: 300, data });
  await strip(page).getByText("2 of 2 done").waitFor({ timeout: 120_000 });
  expect(await names(page)).toEqual(["a.png", "b.png"]);
  expect(errors).toEqual([]);
});

pageTest("photos that another app shares are opened, and sent nowhere", { timeout: 240_000 }, async () => {
  await using server = await serveFolder(folder);
  await using site = await openSite(server.url + QUERY);
  const { page, errors } = site;
  const shared = [
    { name: "a.png", bytes: await bytesOf("a.png") },
    { name: "Grüße 1.png", bytes: await bytesOf("beach/b.png") },
  ];
  // What the manifest's share_target makes the browser do.
  await page.evaluate(`(() => {${given(shared)}
    const form = Object.assign(document.createElement("form"), {
      method: "post", action: "./share", enctype: "multipart/form-data",
    });
    const input = Object.assign(document.createElement("input"), { type: "file", name: "photos", multiple: true });
    input.files = data.files;
    form.append(input);
    document.body.append(form);
    form.submit();
  })()`);
  await strip(page).getByText("2 of 2 done").waitFor({ timeout: 120_000 });
  expect(await names(page)).toEqual(["a.png", "Grüße 1.png"]);
  expect(new URL(page.url()).search).toBe(""); // a reload does not look for them again
  expect(server.requests.filter((path) => path.endsWith("/share"))).toEqual([]);
  expect(
    await page.evaluate("caches.open('unblur-shared').then((cache) => cache.keys()).then((keys) => keys.length)"),
  ).toBe(0);
  expect(errors).toEqual([]);
});

pageTest("files that the system opens with the installed page are opened", { timeout: 240_000 }, async () => {
  await using server = await serveFolder(folder);
  await using site = await openSite(server.url + QUERY);
  const { page, errors } = site;
  // Only an installed page has this queue filled: a browser gives its consumer what is launched before and after.
  await page.addInitScript(`{
    let consumer;
    Object.defineProperty(globalThis, "launchQueue", {
      value: { setConsumer(take) { consumer = take; } },
    });
    globalThis.launch = (files) => consumer({ files: files.map((file) => ({ getFile: async () => file })) });
  }`);
  await page.reload();
  await page.waitForFunction("globalThis.unblur !== undefined");
  const opened = [
    { name: "a.png", bytes: await bytesOf("a.png") },
    { name: "b.png", bytes: await bytesOf("beach/b.png") },
  ];
  await page.evaluate(`(() => {${given(opened)} launch([...data.files]); })()`);
  await strip(page).getByText("2 of 2 done").waitFor({ timeout: 120_000 });
  expect(await names(page)).toEqual(["a.png", "b.png"]);
  expect(errors).toEqual([]);
});
