/** @file Several photos on the page: the queue, its states, one ZIP, and nothing lost. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Entry } from "@zip.js/zip.js";
import sharp from "sharp";
import { beforeAll, expect } from "vitest";
import { violations } from "../accessibility.js";
import { pageTest } from "../page.js";
import { serveFolder } from "./static-server.js";
import { builtPage, deblurredInFloats, downloaded, openSite, part, pixels } from "./web-page.js";

const EXAMPLE = join(import.meta.dirname, "../../examples/friends-blurry.jpg");

let folder: string;
beforeAll(async () => {
  folder = await builtPage();
}, 120_000);

const pixelsOf = async (entry: Entry): Promise<Buffer> => {
  if (entry.directory) throw new Error("a file was expected");
  const { Uint8ArrayWriter } = await import("@zip.js/zip.js");
  return sharp(await entry.getData(new Uint8ArrayWriter()))
    .removeAlpha()
    .raw()
    .toBuffer();
};

/** Part of the example as a file of its own. */

pageTest(
  "several photos are restored one after the other, nothing is lost, and all come in one ZIP",
  {
    timeout: 240_000,
  },
  async () => {
    await using server = await serveFolder(folder);
    await using site = await openSite(`${server.url}?device=wasm&model=fast#restoreSharp=true`);
    const { page, errors } = site;
    const files = [await part("a.png", 200), await part("b.png", 300), await part("a.png", 250)];
    const bad = { name: "bad.png", mimeType: "image/png", buffer: Buffer.from("no picture") };
    await page.getByLabel("Photo files").setInputFiles([...files, bad]);
    const photos = page.getByRole("region", { name: "Photos" });
    // The photo that is being restored is not restored a second time, unless the settings change.
    const restore = page.getByRole("button", { name: "Restore", exact: true });
    await expect.poll(() => restore.isDisabled()).toBe(true);
    await photos.getByText("3 of 4 done, 1 failed").waitFor({ timeout: 120_000 });
    await expect.poll(() => page.getByRole("button", { name: "Restore again" }).isEnabled()).toBe(true);
    const reason = await photos.getByRole("list", { name: "Photos that failed" }).innerText();
    expect(reason).toMatch(/^bad\.png: .{10,}/);
    expect(await photos.getByRole("button", { name: "bad.png, failed" }).getAttribute("title")).toBe(reason);

    // A file that is no photo stops nothing and replaces nothing.
    await page.getByLabel("Photo files").setInputFiles({ ...bad, name: "notes.txt" });
    await page.getByRole("alert").filter({ hasText: "notes.txt" }).waitFor();
    expect(await photos.getByRole("button", { name: /restored|failed/ }).count()).toBe(4);

    const [download] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("button", { name: "Download all (ZIP)" }).click(),
    ]);
    const { BlobReader, ZipReader } = await import("@zip.js/zip.js");
    const zip = new ZipReader(new BlobReader(new Blob([await readFile(await download.path())])));
    const entries = await zip.getEntries();
    expect(entries.map(({ filename }) => filename)).toEqual([
      "a.unblurred.png",
      "b.unblurred.png",
      "a.unblurred-2.png",
    ]);
    for (const [k, entry] of entries.entries()) {
      const written = await pixelsOf(entry);
      const { raster } = await deblurredInFloats(files[k]!.buffer, { model: "fast", restoreSharp: true });
      const near = written.filter((value, i) => Math.abs(value - raster.data[i]!) <= 1).length;
      expect(near / written.length, entry.filename).toBeGreaterThanOrEqual(0.999);
    }

    // One that is not shown comes back with its result; leaving asks only for what was not saved.
    await photos.getByRole("button", { name: "b.png, restored" }).click();
    await page.getByText("Restored earlier.").waitFor();
    const again = await pixels(await downloaded(page));
    expect(again).toEqual(await pixelsOf(entries[1]!));
    const asked: string[] = [];
    page.on("dialog", (dialog) => {
      asked.push(dialog.type());
      void dialog.accept();
    });
    await page.getByRole("button", { name: "Restore again" }).click();
    await page.reload();
    expect(asked).toEqual(["beforeunload"]);
    expect(errors).toEqual([]);
  },
);

pageTest("files beside the photos are told, and one format is chosen for all that is saved", async () => {
  await using server = await serveFolder(folder);
  await using site = await openSite(`${server.url}?device=wasm&model=fast`);
  const { page, errors } = site;
  const other = (name: string, mimeType: string) => ({ name, mimeType, buffer: Buffer.from("no picture") });
  const flat = await sharp({ create: { width: 64, height: 48, channels: 3, background: "#a0b0c0" } })
    .png()
    .toBuffer();
  await page
    .getByLabel("Photo files")
    .setInputFiles([
      await part("a.png", 200),
      other("IMG_1.CR2", "image/x-canon-cr2"),
      await part("b.png", 300),
      { name: "flat.png", mimeType: "image/png", buffer: flat },
      other("notes.txt", "text/plain"),
      other("clip.mov", "video/quicktime"),
    ]);
  const said = "Left out: 1 camera raw file (IMG_1.CR2: export it as JPEG first), 2 other files (notes.txt, clip.mov).";
  await page.getByRole("status").filter({ hasText: said }).waitFor();
  const photos = page.getByRole("region", { name: "Photos" });
  await photos.getByText("3 of 3 done").waitFor({ timeout: 120_000 });
  const zipped = async () => {
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("button", { name: "Download all (ZIP)" }).click(),
    ]);
    const { BlobReader, Uint8ArrayWriter, ZipReader } = await import("@zip.js/zip.js");
    const zip = new ZipReader(new BlobReader(new Blob([await readFile(await download.path())])));
    return Promise.all(
      (await zip.getEntries()).map(async (entry) => {
        if (entry.directory) throw new Error("a file was expected");
        const { format, width, height } = await sharp(await entry.getData(new Uint8ArrayWriter())).metadata();
        return `${entry.filename.split(".").at(-1)} ${format} ${width}x${height}`;
      }),
    );
  };
  expect(await zipped()).toEqual(Array(3).fill("png png 64x48"));
  await page.getByLabel("Format of saved files").selectOption("JPEG");
  expect(await zipped()).toEqual(Array(3).fill("jpg jpeg 64x48"));
  expect(errors).toEqual([]);
});

pageTest("a photo that failed is shown as such: its name, one message and what can be done", async () => {
  await using server = await serveFolder(folder);
  await using site = await openSite(`${server.url}?device=wasm&model=fast#restoreSharp=true`);
  const { page, errors } = site;
  const bad = { name: "bad.png", mimeType: "image/png", buffer: Buffer.from("no picture") };
  await page.getByLabel("Photo files").setInputFiles([await part("a.png", 200), bad, await part("b.png", 300)]);
  const photos = page.getByRole("region", { name: "Photos" });
  await photos.getByText("2 of 3 done, 1 failed").waitFor({ timeout: 120_000 });
  await photos.getByRole("button", { name: "bad.png, failed" }).click();
  const place = page.getByRole("region", { name: "Photo that could not be opened" });
  await place.getByRole("heading", { name: "bad.png" }).waitFor({ timeout: 10_000 });
  expect(await photos.getByRole("button", { pressed: true }).getAttribute("aria-label")).toBe("bad.png, failed");
  const messages = page.getByText(/not a picture that can be opened here/);
  expect(await messages.count()).toBe(1);
  expect(await messages.innerText()).toMatch(/^It is not a picture that can be opened here; expected .*\.$/);
  // Nothing of the photo before is there.
  expect(await page.getByText(/^a\.png, 64 x 48/).count()).toBe(0);
  expect(await page.getByRole("img", { name: "The photo", exact: true }).count()).toBe(0);
  expect(await page.getByRole("button", { name: "Download", exact: true }).count()).toBe(0);
  expect(await violations(page)).toEqual([]);

  await page.getByRole("button", { name: "Try again" }).click();
  await place.getByText(/not a picture that can be opened here/).waitFor();
  await photos.getByRole("button", { name: "a.png, restored" }).click();
  await page.getByText(/^a\.png, 64 x 48/).waitFor();
  expect(await photos.getByRole("list", { name: "Photos that failed" }).innerText()).toMatch(/^bad\.png: it is not/);
  await photos.getByRole("button", { name: "bad.png, failed" }).click();
  await place.getByRole("button", { name: "Remove" }).click();
  await page.getByText(/^b\.png, 64 x 48/).waitFor();
  expect(errors).toEqual([]);
});

pageTest(
  "photos of which something is missing are named beside the others, also those that are not shown",
  {
    timeout: 240_000,
  },
  async () => {
    await using server = await serveFolder(folder);
    await using site = await openSite(`${server.url}?device=wasm&model=fast#restoreSharp=true`);
    const { page, errors } = site;
    const small = sharp(EXAMPLE).extract({ left: 200, top: 300, width: 64, height: 48 });
    const whole = await small.jpeg({ quality: 95 }).toBuffer();
    const jpeg = (name: string, buffer: Buffer) => ({ name, mimeType: "image/jpeg", buffer });
    const cut = whole.subarray(0, Math.floor(whole.length / 2));
    const names = ["cut-1.jpg", "cut-2.jpg"];
    const files = [jpeg("whole.jpg", whole), ...names.map((name) => jpeg(name, cut))];
    await page.getByLabel("Photo files").setInputFiles(files);
    const photos = page.getByRole("region", { name: "Photos" });
    await photos.getByText("3 of 3 done").waitFor({ timeout: 120_000 });
    const said = await photos.getByRole("list", { name: "Notes on photos" }).innerText({ timeout: 5000 });
    expect(said).toBe(
      "cut-1.jpg, cut-2.jpg: the end of the photo's file is missing; a part of the picture may be missing, too",
    );
    expect(errors).toEqual([]);
  },
);

pageTest("a change of the settings is told on every photo, and restores all of them again", async () => {
  await using server = await serveFolder(folder);
  await using site = await openSite(`${server.url}?device=wasm&model=fast#restoreSharp=true`);
  const { page, errors } = site;
  await page.getByLabel("Photo files").setInputFiles([await part("a.png", 200), await part("b.png", 300)]);
  const photos = page.getByRole("region", { name: "Photos" });
  await photos.getByText("2 of 2 done").waitFor({ timeout: 120_000 });
  const changed = page.getByText(/^Settings changed/);
  // This one was restored without being shown.
  await photos.getByRole("button", { name: "b.png, restored" }).click();
  await page.getByText("Restored earlier.").waitFor();
  expect(await changed.count()).toBe(0);
  await page.locator("#texture").fill("1");
  await changed.waitFor({ timeout: 5000 });
  await photos.getByRole("button", { name: "Restore all again" }).click();
  await photos.getByText("2 of 2 done").waitFor({ timeout: 120_000 });
  await expect.poll(() => changed.count()).toBe(0);

  // The area of a photo comes back with it.
  await page.getByRole("button", { name: "Restore only a part" }).click();
  await page.getByRole("button", { name: "Add rectangle" }).click();
  await page.getByRole("img", { name: "Where to restore" }).waitFor();
  await page.getByRole("button", { name: "Restore again" }).click();
  await expect.poll(() => changed.count(), { timeout: 60_000 }).toBe(0);
  await photos.getByRole("button", { name: "a.png, restored" }).click();
  await page.getByText(/^a\.png, /).waitFor();
  expect(await page.getByRole("img", { name: "Where to restore" }).count()).toBe(0);
  await photos.getByRole("button", { name: "b.png, restored" }).click();
  await page.getByText("Restored earlier.").waitFor();
  await page.getByText(/^b\.png, /).waitFor();
  expect(await changed.count()).toBe(0);
  await page.getByRole("img", { name: "Where to restore" }).waitFor();
  expect(errors).toEqual([]);
});

pageTest("the shown photo's thumbnail is in view, waiting ones tell their names, and no focus is lost", async () => {
  await using server = await serveFolder(folder);
  await using site = await openSite(`${server.url}?device=wasm&model=fast#restoreSharp=true&steps=20`);
  const { page, errors } = site;
  await page.setViewportSize({ width: 390, height: 844 });
  const many = await Promise.all(Array.from({ length: 12 }, (_, k) => part(`many-${k}.png`, 100 + 20 * k)));
  await page.getByLabel("Photo files").setInputFiles(many);
  const photos = page.getByRole("region", { name: "Photos" });
  expect(await photos.getByRole("button", { name: "many-11.png, waiting" }).textContent()).toContain("many-11.png");
  await page.getByRole("button", { name: "Cancel" }).click();
  expect(await page.evaluate("document.activeElement.role")).toBe("application");
  await page.getByLabel("Photo files").setInputFiles(await part("last.png", 300));
  await page.getByText(/^last\.png, /).waitFor();
  const box = (await photos.getByRole("button", { pressed: true }).boundingBox())!;
  expect(box.x).toBeGreaterThanOrEqual(0);
  expect(box.x + box.width).toBeLessThanOrEqual(390);

  // What the restorer says begins as a sentence does.
  await expect.poll(() => page.locator(".work [role=status]").textContent(), { timeout: 60_000 }).toMatch(/^[A-Z]/);
  const painting = page.getByRole("button", { name: "Restore only a part" });
  await painting.click();
  await expect.poll(() => painting.getAttribute("aria-pressed")).toBe("true");
  await page.keyboard.press("Escape");
  await expect.poll(() => painting.getAttribute("aria-pressed")).toBe("false");
  expect(errors).toEqual([]);
});
