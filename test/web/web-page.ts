/** @file The built page in Chromium: its restorer is called as the page's console can. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { BrowserContext, Download, Page } from "playwright-core";
import sharp from "sharp";
import { build } from "vite";
import { loadRestorer } from "../../platform/node/models/load-restorer.js";
import { readImage } from "../../platform/node/photos/image-file.js";
import type { Photo } from "../../src/images/photo.js";
import { type RestorePhotoOptions, restorePhoto } from "../../src/restoration/restore-photo.js";
import { isUpToDate, PROJECT } from "../built.js";
import { openProfile } from "../page.js";

/** SwiftShader computes WebGPU on the processor: slow, but the same way as a GPU. */
export const SOFTWARE_WEBGPU = ["--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader"];

const BUILT = join(PROJECT, "dist-web");

/** Sources of the page: `npm test` builds it before all tests. */
const SOURCES = ["apps/web", "src", "platform/browser", "models"];

/**
 * The folder of `npm run build:web` for the sources as they are: built if the one that is there is older than they are.
 */
export async function builtPage(): Promise<string> {
  if (isUpToDate(join(BUILT, "index.html"), SOURCES)) return BUILT;
  const outDir = mkdtempSync(join(tmpdir(), "unblur-web-"));
  process.once("exit", () => rmSync(outDir, { recursive: true, force: true }));
  await build({
    configFile: join(PROJECT, "apps/web/vite.config.ts"),
    logLevel: "error",
    build: { outDir, emptyOutDir: true },
  });
  return outDir;
}

export interface OpenPage extends AsyncDisposable {
  readonly page: Page;
  readonly context: BrowserContext;
  readonly errors: readonly string[];
  /** Addresses the page and its workers asked the network for, so far. */
  readonly requests: readonly string[];
}

export interface OpenOptions {
  readonly flags?: readonly string[];
  /** Without it a page is neither kept nor isolated by itself. */
  readonly serviceWorker?: boolean;
  /** Window of a telephone or tablet, which is touched; without it, a desktop's. */
  readonly touched?: { readonly width: number; readonly height: number };
}

export async function openSite(
  url: string,
  { flags, serviceWorker = true, touched }: OpenOptions = {},
): Promise<OpenPage> {
  const context = await openProfile(
    {
      serviceWorkers: serviceWorker ? "allow" : "block",
      ...(touched ? { viewport: touched, hasTouch: true, isMobile: true } : {}),
    },
    flags,
  );
  const page = await context.newPage();
  const errors: string[] = [];
  const requests: string[] = [];
  page.on("pageerror", (error) => errors.push(String(error)));
  page.on("console", (message) => message.type() === "error" && errors.push(message.text()));
  context.on("request", (request) => requests.push(request.url()));
  await page.goto(url);
  await page.waitForFunction("globalThis.unblur !== undefined");
  // What is kept for later is loaded beside the page's work; tests that count requests begin after it.
  if (serviceWorker) await page.evaluate("navigator.serviceWorker.ready.then(() => null)");
  return { page, context, errors, requests, [Symbol.asyncDispose]: () => context.close() };
}

export interface RestoredInPage {
  readonly device: string;
  readonly width: number;
  readonly height: number;
  readonly samples: number;
  readonly steps: number;
  readonly mostDifferent: readonly number[] | null;
  readonly explained: string | null;
  readonly progress: readonly { readonly done: number; readonly total: number; readonly secondsLeft: number | null }[];
  /** Names, types and contents of downloads, in the order asked for. */
  readonly files: readonly { readonly name: string; readonly type: string; readonly bytes: Buffer }[];
}

export interface RestoreInPage {
  readonly photo: Uint8Array;
  readonly name: string;
  readonly settings: object;
  readonly downloads: readonly object[];
  /** The default one when left out. */
  readonly model?: string;
}

/**
 * Opens model and photo, calls `ready`, restores, calls `done`, and downloads. In the page's own words: the test's
 * compiler knows no DOM.
 */
export async function restoreInPage(
  page: Page,
  { photo, name, settings, downloads, model = "default" }: RestoreInPage,
  { ready = () => {}, done = () => {} }: { ready?(): void; done?(): void } = {},
): Promise<RestoredInPage> {
  const encoded = Buffer.from(photo).toString("base64");
  await page.evaluate(`(async () => {
    const bytes = Uint8Array.from(atob("${encoded}"), (character) => character.charCodeAt(0));
    const { device } = await unblur.openModel("${model}");
    const { photo } = await unblur.openPhoto(new Blob([bytes]), ${JSON.stringify(name)});
    globalThis.opened = { device, photo };
  })()`);
  ready();
  await page.evaluate(`(async () => {
    const progress = [];
    const onProgress = (event) => progress.push(event);
    globalThis.result = await unblur.deblur(opened.photo.id, ${JSON.stringify(settings)}, { onProgress });
    globalThis.progress = progress;
  })()`);
  done();
  const { files, ...facts } = await page.evaluate<
    Omit<RestoredInPage, "files"> & { files: { name: string; type: string; bytes: string }[] }
  >(`(async () => {
    const files = [];
    for (const choice of ${JSON.stringify(downloads)}) {
      const file = await unblur.download(result.id, choice);
      const bytes = new Uint8Array(await file.arrayBuffer());
      files.push({ name: file.name, type: file.type, bytes: btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join("")) });
    }
    const { width, height, samples, steps, summary, check } = result;
    return {
      ...{ device: opened.device, width, height, samples: samples.length, steps: steps.length, files, progress },
      mostDifferent: summary && summary.mostDifferent,
      explained: check && check.explained,
    };
  })()`);
  return { ...facts, files: files.map((file) => ({ ...file, bytes: Buffer.from(file.bytes, "base64") })) };
}

/**
 * The restoration in floats, as the page computes it: the command line multiplies integers where the processor is good
 * at it.
 */
export async function deblurredInFloats(
  photo: Uint8Array,
  { model = "default", ...options }: RestorePhotoOptions & { readonly model?: string },
): Promise<Photo> {
  const restorer = await loadRestorer(model, { integers: false });
  try {
    return (await restorePhoto(restorer, await readImage(photo), options))[0]!;
  } finally {
    await restorer.release();
  }
}

/** Pixels of a downloaded picture, [H, W, 3]. */
export const pixels = async (download: Download) =>
  sharp(await download.path())
    .removeAlpha()
    .raw()
    .toBuffer();

/** Clicks the page's download button and returns the file. */
export const downloaded = async (page: Page): Promise<Download> => {
  const [file] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("button", { name: "Download", exact: true }).click(),
  ]);
  return file;
};

/** A part of the example photo as a file that a person chooses. */
export const part = async (name: string, left: number, width = 64, height = 48) => ({
  ...{ name, mimeType: "image/png" },
  buffer: await sharp(join(PROJECT, "examples/friends-blurry.jpg"))
    .extract({ left, top: 300, width, height })
    .png()
    .toBuffer(),
});

export const firstScreen = (page: Page) => page.getByRole("heading", { name: "Make shaken photos sharp again" });
export const backToPhotos = (page: Page) => page.getByRole("button", { name: "Back to your photos" });
export const photoFiles = (page: Page) => page.getByLabel("Photo files").first();
