/** @file The built library in Chromium, without a bundler: Node's picture, its events, its cancelling, and what it requests. */
import { join } from "node:path";
import sharp from "sharp";
import { expect } from "vitest";
import { PROJECT } from "../built.js";
import { openProfile, pageTest } from "../page.js";
import { serveFolder } from "./static-server.js";
import { deblurredInFloats } from "./web-page.js";

const SETTINGS = { steps: 1, seed: 7, restoreSharp: true };

pageTest("unblur-photo/browser gives Node's picture, queues, cancels, and requests its assets only", async () => {
  const part = { left: 100, top: 180, width: 60, height: 44 };
  const photo = await sharp(join(PROJECT, "examples/friends-blurry.jpg")).extract(part).png().toBuffer();
  const expected = (await deblurredInFloats(photo, { model: "fast", ...SETTINGS })).raster.data;
  await using server = await serveFolder(PROJECT);
  await using context = await openProfile();
  const page = await context.newPage();
  const requests: string[] = [];
  context.on("request", (request) => requests.push(new URL(request.url()).pathname));
  await page.goto(`${server.url}package.json`);
  const seen = await page.evaluate<{
    readonly pixels: number[];
    readonly same: boolean;
    readonly types: string[];
    readonly reasons: unknown[];
    readonly unchanged: boolean;
    readonly type: string;
    readonly refusal: string;
  }>(`(async () => {
    const { open, restore, models } = await import("/dist/platform/browser/index.js");
    const bytes = Uint8Array.from(atob("${photo.toString("base64")}"), (character) => character.charCodeAt(0));
    const settings = ${JSON.stringify(SETTINGS)};
    const assets = "/dist-web/";
    const model = await open("fast", { assets, device: "wasm" });
    const first = await model.restore(new Blob([bytes]), settings);
    const both = await Promise.all([bytes, bytes].map((photo) => model.restore(photo, settings)));
    const equal = (a, b) => a.raster.data.every((value, i) => value === b.raster.data[i]);
    const types = [];
    for await (const event of model.run(bytes, settings)) types.push(event.type);
    const before = await model.restore(bytes, { ...settings, signal: AbortSignal.abort("before") }).catch((reason) => reason);
    const stop = new AbortController();
    const during = await model
      .restore(bytes, { ...settings, signal: stop.signal, onProgress: () => stop.abort("during") })
      .catch((reason) => reason);
    const black = { width: 60, height: 44, channels: 1, data: new Uint8Array(60 * 44) };
    const masked = await model.restore(first.raster, { steps: 0, mask: black });
    await model.release();
    const after = await model.restore(bytes).catch(({ code }) => code);
    const names = (await models({ assets })).map(({ name }) => name);
    const refusal = await restore("street.jpg", { assets, model: names[0] }).catch(({ code }) => code);
    return {
      pixels: [...first.raster.data],
      same: both.every((one) => equal(one, first)),
      types: [...new Set(types)],
      reasons: [before, during, after],
      unchanged: equal(masked, first),
      type: (await first.toBlob("webp")).type,
      refusal,
    };
  })()`);
  const { pixels, ...facts } = seen;
  expect(facts).toEqual({
    ...{ same: true, unchanged: true, type: "image/webp", refusal: "argument" },
    types: ["progress", "step", "restored"],
    reasons: ["before", "during", "argument"],
  });
  expect(pixels.length).toBe(expected.length);
  const near = pixels.filter((value, i) => Math.abs(value - expected[i]!) <= 1).length;
  expect(near / pixels.length).toBeGreaterThan(0.995);
  const others = requests.filter(
    (path) => !/^\/(package.json|favicon.ico|dist-web\/|dist\/platform\/browser\/)/.test(path),
  );
  expect(others).toEqual([]);
});
