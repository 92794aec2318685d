/**
 * @file The built library in Chromium, without a bundler: Node's picture, its events, its cancelling, its refusals, and what
 * it requests.
 */
import { join } from "node:path";
import sharp from "sharp";
import { expect } from "vitest";
import * as node from "../../platform/node/index.js";
import { PROJECT } from "../built.js";
import { sharpFile } from "../crafted-pictures.js";
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

pageTest("restore opens no model for a photo that is already sharp, but refuses what Node refuses", async () => {
  const sharpPhoto = await sharpFile();
  await using server = await serveFolder(PROJECT);
  await using context = await openProfile();
  const page = await context.newPage();
  await page.goto(`${server.url}package.json`);
  const run = <T>(body: string) =>
    page.evaluate<T>(`(async () => {
      const library = await import("/dist/platform/browser/index.js");
      const photo = Uint8Array.from(atob("${Buffer.from(sharpPhoto).toString("base64")}"), (one) => one.charCodeAt(0));
      const assets = "/dist-web/";
      ${body}
    })()`);
  const downloads = () => server.requests.filter((path) => /^\/dist-web\/(models|runtime)\//.test(path));

  const kept = await run<unknown>(`
    const restored = await library.restore(photo, { assets, model: "fast", device: "wasm", samples: 2, steps: 3 });
    const bytes = await restored.toBuffer();
    const same = bytes.length === photo.length && bytes.every((byte, i) => byte === photo[i]);
    return [restored.alreadySharp, restored.samples.length, same];`);
  expect(kept).toEqual([true, 2, true]);
  expect(downloads()).toEqual([]);

  /** Calls that both libraries refuse, of the same names and with the same sharp photo. */
  const refused = {
    options: (library: typeof node, photo: Uint8Array) => library.restore(photo, null as never),
    preset: (library: typeof node, photo: Uint8Array) => library.restore(photo, { preset: "slow" as never }),
    opening: (library: typeof node) => library.open("fast", null as never),
    deconvolving: (library: typeof node, photo: Uint8Array) => library.deconvolve(photo, null as never),
  };
  const messageOf = (error: unknown) => `${(error as node.UnblurError).code}: ${(error as Error).message}`;
  for (const [name, call] of Object.entries(refused)) {
    const ours = await call(node, sharpPhoto).then(String, messageOf);
    const theirs = await run(
      `return (${call})(library, photo).then(String, ({ code, message }) => code + ": " + message);`,
    );
    expect(theirs, name).toBe(ours);
    expect(ours).toMatch(/^argument: .*expected/);
  }
  const { models, ...others } = await run<{ readonly models: string[] } & Record<string, string>>(`
    const refusal = (promise) => promise.then(String, ({ code, message }) => code + ": " + message);
    return {
      models: (await library.models({ assets })).map(({ name }) => name),
      unknown: await refusal(library.restore(photo, { assets, model: "no such model" })),
      alsoUnknown: await refusal(library.open("no such model", { assets, device: "wasm" })),
      number: await refusal(library.restore(photo, { assets, model: 3 })),
      opened: await refusal(library.open(3, { assets })),
      device: await refusal(library.restore(photo, { assets, device: "gpu" })),
      listing: await refusal(library.models(null)),
      address: await refusal(library.restore(photo, { assets: "http://[" })),
    };`);
  const unknown = `argument: model "no such model": expected one of ${models.join(", ")} (of the host), or a file`;
  expect(others).toEqual({
    ...{ unknown, alsoUnknown: unknown },
    number: "argument: open: expected the name of a model, or none, got 3",
    opened:
      "argument: open: expected the name of a model, or a File: an ONNX file, or the ZIP of a model's folder, got 3",
    device: "argument: device: expected one of auto, webgpu, wasm, got gpu",
    listing: "argument: models: expected options as an object, or none, got null",
    address: "argument: assets: expected the address of a folder, got http://[",
  });
  expect(downloads()).toEqual([]);

  const restored = await run<unknown>(`
    const shares = [];
    const onDownload = ({ done, total }) => shares.push(done / total);
    const small = { width: 60, height: 44, channels: 3, data: new Uint8Array(3 * 60 * 44).fill(90) };
    const { alreadySharp } = await library.restore(small, { assets, model: "fast", device: "wasm", onDownload, steps: 0 });
    const falls = shares.findIndex((share, i) => i > 0 && share < shares[i - 1]);
    return [alreadySharp, shares.at(-1), falls, shares.filter((share) => share === 1).length];`);
  // The runtime and the model's files are one download: its share never falls, and is 1 once, at the end.
  expect(restored).toEqual([false, 1, -1, 1]);
  expect(downloads()).toContain("/dist-web/models/fast/predictor.safetensors");

  const failing = await run<unknown>(`
    const unhandled = [];
    addEventListener("unhandledrejection", ({ reason }) => unhandled.push(reason));
    addEventListener("error", ({ error }) => unhandled.push(error));
    const reasons = [];
    const even = { width: 96, height: 96, channels: 3, data: new Uint8Array(3 * 96 * 96).fill(90) };
    const options = { assets, model: "fast", device: "wasm", steps: 0 };
    for (const fails of [() => { throw "own"; }, () => Promise.reject("own")])
      for (const call of [
        () => library.open("fast", { assets, device: "wasm", onDownload: fails }),
        () => library.restore(even, { ...options, onDownload: fails }),
        () => library.restore(even, { ...options, onProgress: fails }),
        () => library.deconvolve(even, { assets, onProgress: fails }),
      ])
        reasons.push(await call().then(() => "done", (reason) => reason));
    await new Promise((resolve) => setTimeout(resolve, 10));
    return [unhandled, reasons];`);
  expect(failing).toEqual([[], Array.from({ length: 8 }, () => "own")]);
});
