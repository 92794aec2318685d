/**
 * @file The page's restorer in Chromium, beside the command line's: the same picture, on every device, with and without
 * a network.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { Uint8ArrayReader, Uint8ArrayWriter, ZipWriter } from "@zip.js/zip.js";
import sharp from "sharp";
import { beforeAll, describe, expect, test } from "vitest";
import { readModel } from "../../src/exchange/model-files.js";
import { exportRole } from "../../src/exchange/onnx/export-model.js";
import { pageTest } from "../page.js";
import { serveFolder } from "./static-server.js";
import { builtPage, deblurredInFloats, openSite, restoreInPage, SOFTWARE_WEBGPU } from "./web-page.js";

const EXAMPLE = join(import.meta.dirname, "../../examples/friends-blurry.jpg");
const SETTINGS = { steps: 2, seed: 7, restoreSharp: true };

let folder: string;
beforeAll(async () => {
  folder = await builtPage();
});

/** A part of the example as a camera held upright would have stored it: turned, and with EXIF that says so. */
const turnedJpeg = (width: number, height: number): Promise<Buffer> =>
  sharp(EXAMPLE)
    .extract({ left: 200, top: 300, width, height })
    .rotate(-90)
    .withExif({ IFD0: { Make: "Test camera" } })
    .withMetadata({ orientation: 6 })
    .jpeg({ quality: 95, chromaSubsampling: "4:4:4" })
    .toBuffer();

/** Share of values that are at most one level of 255 apart. */
async function agreement(png: Buffer, expected: { readonly data: ArrayLike<number> }): Promise<number> {
  const { data } = await sharp(png).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  expect(data.length).toBe(expected.data.length);
  return data.filter((value, i) => Math.abs(value - expected.data[i]!) <= 1).length / data.length;
}

const pixels = (png: Buffer) => sharp(png).removeAlpha().raw().toBuffer();

test("compressed, the page's scripts and styles are under 100 KB, the worker that restores under 180 KB", () => {
  const assets = join(folder, "assets");
  const bytesOf = (pattern: RegExp) => {
    const names = readdirSync(assets).filter((name) => pattern.test(name));
    expect(names.length).toBeGreaterThanOrEqual(1);
    return names.reduce((sum, name) => sum + gzipSync(readFileSync(join(assets, name))).length, 0);
  };
  expect(bytesOf(/^(main|preload).*\.(js|css)$/)).toBeLessThan(100_000);
  expect(bytesOf(/^worker.*\.js$/)).toBeLessThan(180_000);
});

describe("on WebAssembly", () => {
  pageTest("a turned JPEG becomes the command line's picture, without a request, and keeps its metadata", async () => {
    const photo = await turnedJpeg(200, 120);
    const expected = await deblurredInFloats(photo, SETTINGS);
    await using server = await serveFolder(folder);
    await using site = await openSite(`${server.url}?device=wasm`);
    const asked: string[][] = [];
    // The browser itself looks for a newer service worker when it likes.
    const ofThePage = (path: string) => !path.endsWith("/service-worker.js");
    const note = () => asked.push([...site.requests, ...server.requests].filter(ofThePage).sort());
    const restored = await restoreInPage(
      site.page,
      {
        ...{ photo, name: "turned.jpg", settings: { ...SETTINGS, keepSteps: true, check: true } },
        downloads: [{ what: 0, type: "image/png" }, { what: 0 }],
      },
      { ready: note, done: note },
    );
    expect(asked[1]).toEqual(asked[0]);
    expect(restored).toMatchObject({ width: 200, height: 120, samples: 1, steps: 2 });
    expect(restored.device).toMatch(/^the processor, [2-8] threads/);
    expect(restored.explained).toMatch(/dB from the photo/);
    const last = restored.progress.at(-1)!;
    expect(last).toMatchObject({ done: last.total, secondsLeft: 0 });
    const [png, jpeg] = restored.files;
    expect(await agreement(png!.bytes, expected.raster)).toBeGreaterThanOrEqual(0.999);
    expect(jpeg).toMatchObject({ name: "turned.unblurred.jpg", type: "image/jpeg" });
    const { width, height, orientation, exif } = await sharp(jpeg!.bytes).metadata();
    expect({ width, height, orientation }).toEqual({ width: 200, height: 120, orientation: 1 });
    expect(exif!.toString("latin1")).toContain("Test camera");
    expect(site.errors).toEqual([]);
  });

  pageTest("a PNG keeps its alpha and text; samples give a mean and the most different two", async () => {
    const alpha = Buffer.from(Array.from({ length: 48 * 40 }, (_, i) => (i % 48 < 24 ? 255 : 200)));
    const photo = await sharp(EXAMPLE)
      .extract({ left: 300, top: 400, width: 48, height: 40 })
      .joinChannel(alpha, { raw: { width: 48, height: 40, channels: 1 } })
      .withExif({ IFD0: { Make: "Test camera" } })
      .png()
      .toBuffer();
    await using server = await serveFolder(folder);
    await using site = await openSite(`${server.url}?device=wasm`);
    const restored = await restoreInPage(site.page, {
      ...{ photo, name: "part.png", settings: { ...SETTINGS, samples: 3 } },
      downloads: [{ what: "mean" }, { what: 0 }, { what: 1 }, { what: 2 }],
    });
    expect(restored.mostDifferent).toHaveLength(2);
    const pixels = await Promise.all(restored.files.map(({ bytes }) => sharp(bytes).raw().toBuffer()));
    const [mean, ...samples] = pixels as [Buffer, ...Buffer[]];
    expect(mean.filter((_, i) => i % 4 === 3)).toEqual(alpha);
    // Where nothing is transparent, the canvas rounds nothing.
    const opaque = [...mean.keys()].filter((i) => i % 4 < 3 && Math.floor(i / 4) % 48 < 24);
    const off = opaque.filter((i) => mean[i] !== Math.round(samples.reduce((sum, data) => sum + data[i]!, 0) / 3));
    expect(off).toEqual([]);
    expect((await sharp(restored.files[0]!.bytes).metadata()).exif!.toString("latin1")).toContain("Test camera");
  });

  pageTest("cancelled in the middle it rejects with AbortError, and the next restoration works", async () => {
    const photo = await turnedJpeg(64, 48);
    await using server = await serveFolder(folder);
    await using site = await openSite(`${server.url}?device=wasm`);
    await restoreInPage(site.page, { photo, name: "a.jpg", settings: SETTINGS, downloads: [] });
    // A small photo ends by itself at the next window; a larger one's windows take longer than that is waited for.
    const larger = await sharp(EXAMPLE).extract({ left: 100, top: 180, width: 320, height: 400 }).jpeg().toBuffer();
    const cancelled = await site.page.evaluate<string[]>(`(async () => {
      const bytes = Uint8Array.from(atob("${larger.toString("base64")}"), (character) => character.charCodeAt(0));
      const { photo: large } = await unblur.openPhoto(new Blob([bytes]), "larger.jpg");
      const names = [];
      for (const { id } of [opened.photo, large]) {
        const stop = new AbortController();
        const settings = { steps: 10000, restoreSharp: true };
        const options = { signal: stop.signal, onProgress: ({ done }) => done >= 2 && stop.abort() };
        names.push(await unblur.deblur(id, settings, options).then(() => "ended", (error) => error.name));
      }
      return names;
    })()`);
    expect(cancelled).toEqual(["AbortError", "AbortError"]);
    const expected = await deblurredInFloats(photo, SETTINGS);
    const again = await restoreInPage(site.page, {
      ...{ photo, name: "a.jpg", settings: SETTINGS },
      downloads: [{ what: 0, type: "image/png" }],
    });
    expect(await agreement(again.files[0]!.bytes, expected.raster)).toBeGreaterThanOrEqual(0.999);
  });

  pageTest(
    "a host without headers: the page isolates itself; after the first visit it works without the host",
    async () => {
      const photo = await turnedJpeg(64, 48);
      const asked = { photo, name: "a.jpg", settings: SETTINGS, downloads: [{ what: 0, type: "image/png" }] };
      const server = await serveFolder(folder, { isolated: false });
      await using site = await openSite(`${server.url}?device=wasm`);
      const online = await restoreInPage(site.page, asked);
      expect(online.device).toMatch(/^the processor, [2-8] threads/);
      await server[Symbol.asyncDispose]();
      await site.page.reload();
      await site.page.waitForFunction("globalThis.unblur !== undefined");
      const offline = await restoreInPage(site.page, asked);
      expect(offline.device).toBe(online.device);
      expect(offline.files[0]!.bytes.equals(online.files[0]!.bytes)).toBe(true);
    },
  );

  pageTest("not isolated, with one thread, it is the same picture; the page says why there is no WebGPU", async () => {
    const photo = await turnedJpeg(64, 48);
    const expected = await deblurredInFloats(photo, SETTINGS);
    await using server = await serveFolder(folder, { isolated: false });
    await using site = await openSite(server.url, { serviceWorker: false });
    const restored = await restoreInPage(site.page, {
      ...{ photo, name: "a.jpg", settings: SETTINGS },
      downloads: [{ what: 0, type: "image/png" }],
    });
    expect(restored.device).toMatch(/^the processor, 1 thread \(.*graphics card/);
    expect(await agreement(restored.files[0]!.bytes, expected.raster)).toBeGreaterThanOrEqual(0.999);
  });

  pageTest(
    "a preview shows what the whole restoration will: it has the whole photo's blur",
    {
      timeout: 600_000,
    },
    async () => {
      const [width, height] = [448, 384];
      const photo = await sharp(EXAMPLE).extract({ left: 120, top: 250, width, height }).png().toBuffer();
      await using server = await serveFolder(folder);
      await using site = await openSite(`${server.url}?device=wasm`);
      const region = { x: 128, y: 96, width: 192, height: 192 };
      // The preview first: the photo's blur is estimated for it.
      const picture = async (settings: object, opened: boolean) => {
        const restored = opened
          ? await site.page.evaluate<string>(`(async () => {
            const result = await unblur.deblur(opened.photo.id, ${JSON.stringify(settings)});
            const file = await unblur.download(result.id, { what: 0, type: "image/png" });
            return btoa(Array.from(new Uint8Array(await file.arrayBuffer()), (byte) => String.fromCharCode(byte)).join(""));
          })()`)
          : null;
        if (restored) return Buffer.from(restored, "base64");
        const { files } = await restoreInPage(site.page, {
          ...{ photo, name: "a.png", settings },
          downloads: [{ what: 0, type: "image/png" }],
        });
        return files[0]!.bytes;
      };
      const settings = { steps: 0, restoreSharp: true };
      const preview = await pixels(await picture({ ...settings, region }, false));
      const whole = await picture(settings, true);
      const { x: left, y: top, ...size } = region;
      const part = await pixels(
        await sharp(whole)
          .extract({ left, top, ...size })
          .toBuffer(),
      );
      expect(preview.length).toBe(part.length);
      const off = Math.sqrt(preview.reduce((sum, value, i) => sum + (value - part[i]!) ** 2, 0) / part.length);
      expect(off).toBeLessThan(1.5); // levels of 255
    },
  );

  pageTest(
    "a model's folder as a ZIP and its exported predictor restore as the model does; other files are refused",
    async () => {
      const model = join(import.meta.dirname, "../../models/fast");
      const names = readdirSync(model).filter((name) => /^model\.json$|safetensors$/.test(name));
      const zip = new ZipWriter(new Uint8ArrayWriter(), { useWebWorkers: false });
      for (const name of names) await zip.add(`mine/${name}`, new Uint8ArrayReader(readFileSync(join(model, name))));
      const exported = exportRole(
        await readModel(async (name) => readFileSync(join(model, name)), model),
        "predictor",
      ).file;
      const files = { "mine.zip": await zip.close(), "mine-predictor.onnx": exported, "mine.txt": new Uint8Array(9) };
      const photo = await turnedJpeg(64, 48);
      const expected = await deblurredInFloats(photo, { model: "fast", steps: 0 });
      await using server = await serveFolder(folder);
      await using site = await openSite(`${server.url}?device=wasm`);
      await restoreInPage(site.page, { photo, name: "a.jpg", settings: SETTINGS, downloads: [] });
      const restoredWith = (name: keyof typeof files) =>
        site.page.evaluate<string>(`(async () => {
        const bytes = Uint8Array.from(atob("${Buffer.from(files[name]).toString("base64")}"), (c) => c.charCodeAt(0));
        try {
          await unblur.openModel(new File([bytes], "${name}"));
        } catch (error) {
          return error.message;
        }
        const result = await unblur.deblur(opened.photo.id, { steps: 0, restoreSharp: true });
        const file = await unblur.download(result.id, { what: 0, type: "image/png" });
        return btoa(Array.from(new Uint8Array(await file.arrayBuffer()), (byte) => String.fromCharCode(byte)).join(""));
      })()`);
      for (const name of ["mine.zip", "mine-predictor.onnx"] as const) {
        const png = Buffer.from(await restoredWith(name), "base64");
        expect(await agreement(png, expected.raster)).toBeGreaterThanOrEqual(0.999);
      }
      expect(await restoredWith("mine.txt")).toMatch(
        /^mine\.txt: expected an \.onnx file of unblur export, or a model's folder/,
      );
    },
  );

  pageTest("what is no photo is refused with its name and what is expected", async () => {
    await using server = await serveFolder(folder);
    await using site = await openSite(`${server.url}?device=wasm`);
    const refusal = (bytes: string) =>
      site.page.evaluate<string>(`unblur.openPhoto(new Blob([${bytes}]), "x.jpg").then(() => "", (e) => e.message)`);
    expect(await refusal('"text"')).toMatch(/^x\.jpg: it is not a picture.*expected a JPEG/);
    expect(await refusal("new Uint8Array([255, 216, 255, 224, 0, 16])")).toBe(
      "x.jpg: it is damaged: its size cannot be read; save it again and retry",
    );
    // A PNG of 16x16 whose pixels are missing.
    const header = [
      137, 80, 78, 71, 13, 10, 26, 10, 0, 0, 0, 13, 73, 72, 68, 82, 0, 0, 0, 16, 0, 0, 0, 16, 8, 2, 0, 0, 0,
    ];
    expect(await refusal(`new Uint8Array([${header}, 144, 145, 104, 54])`)).toBe(
      "x.jpg: it is damaged, or more than this browser can decode; save it again and retry",
    );
  });
});

pageTest("on WebGPU the picture is the command line's", { timeout: 180_000 }, async () => {
  const photo = await turnedJpeg(72, 56);
  const expected = await deblurredInFloats(photo, { ...SETTINGS, model: "fast" });
  await using server = await serveFolder(folder);
  await using site = await openSite(`${server.url}?device=webgpu`, { flags: SOFTWARE_WEBGPU });
  const restored = await restoreInPage(site.page, {
    ...{ photo, name: "a.jpg", settings: SETTINGS, model: "fast" }, // MAXIM takes minutes on such a GPU
    downloads: [{ what: 0, type: "image/png" }],
  });
  expect(restored.device).toBe("the graphics card");
  expect(await agreement(restored.files[0]!.bytes, expected.raster)).toBeGreaterThanOrEqual(0.999);
});
