/** @file The library in Node: against the command line's files, and against calls one after the other. */
import { createReadStream } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pathToFileURL } from "node:url";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  deconvolve,
  exportModel,
  importModel,
  type Model,
  models,
  open,
  type RestoreOnceOptions,
  restore,
  type Source,
  UnblurError,
} from "../../platform/node/index.js";
import { weightsFile } from "../../src/exchange/model-files.js";
import type { Raster } from "../../src/images/image.js";
import { commandLine } from "../command-line.js";
import { sharpFile } from "../crafted-pictures.js";
import { writeIdentityModel } from "../identity-model.js";
import { writeQuickPhoto } from "./quick-photo.js";

const EXAMPLES = join(import.meta.dirname, "../../examples");
let folder: string;
let photo: string;
let model: Model;
const at = (...names: string[]) => join(folder, ...names);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "unblur-library-"));
  photo = await writeQuickPhoto(at("part.jpg"));
  model = await open("fast", { threads: 1 });
});
afterAll(async () => {
  await model.release();
  await rm(folder, { recursive: true });
});

test("gives the files that the command line writes with the same seed and settings", async () => {
  const settings = { steps: 2, texture: 0.5, seed: 7, samples: 2, restoreSharp: true } as const;
  const words = "--steps 2 --texture 0.5 --seed 7 --samples 2 --restore-sharp --model fast --threads 1".split(" ");
  const { code, out } = await commandLine(photo, "--out", at("sharp"), ...words);
  expect(code).toBe(0);
  const written = out.split("\n").filter((line) => line.endsWith(".jpg"));
  const restored = await model.restore(photo, settings);
  expect(restored.samples).toHaveLength(2);
  expect(await restored.samples[0]!.toBuffer()).toEqual(new Uint8Array(await readFile(written[0]!)));
  expect(await restored.samples[1]!.toBuffer()).toEqual(new Uint8Array(await readFile(written[1]!)));
  expect(restored.raster).toEqual(restored.samples[0]!.raster);
});

test("takes a preset as the command line does", async () => {
  const words = "--preset detailed --model fast --restore-sharp --threads 1".split(" ");
  await commandLine(photo, "--out", at("detailed.png"), ...words);
  const restored = await restore(photo, { preset: "detailed", model: "fast", restoreSharp: true, threads: 1 });
  await restored.toFile(at("library.png"));
  expect(await readFile(at("library.png"))).toEqual(await readFile(at("detailed.png")));
});

test("two calls at the same time give what two calls one after the other give", async () => {
  const settings = { steps: 1, restoreSharp: true } as const;
  const seeds = [1, 2];
  const alone: Raster[] = [];
  for (const seed of seeds) alone.push((await model.restore(photo, { ...settings, seed })).raster);
  const together = await Promise.all(seeds.map((seed) => model.restore(photo, { ...settings, seed })));
  expect(together.map(({ raster }) => raster)).toEqual(alone);
  expect(alone[0]).not.toEqual(alone[1]);
});

describe("a picture", () => {
  const steps = { steps: 0, restoreSharp: true } as const;

  test("may be a path, a URL, bytes, a blob or a stream of either kind", async () => {
    const bytes = await readFile(photo);
    const expected = (await model.restore(photo, steps)).raster;
    const forms: Source[] = [
      pathToFileURL(photo),
      new Uint8Array(bytes),
      new Blob([bytes]),
      createReadStream(photo, { highWaterMark: 1000 }),
      new Blob([bytes]).stream() as ReadableStream<Uint8Array>,
    ];
    for (const form of forms) expect((await model.restore(form, steps)).raster).toEqual(expected);
  });

  test("may be pixels: a raster, or those of a canvas", async () => {
    const { data, info } = await sharp(photo).raw().toBuffer({ resolveWithObject: true });
    const { width, height } = info;
    const raster: Raster = { width, height, channels: 3, data: new Uint8Array(data) };
    const rgba = new Uint8ClampedArray(await sharp(photo).ensureAlpha().raw().toBuffer());
    const expected = (await model.restore(photo, steps)).raster;
    expect((await model.restore(raster, steps)).raster).toEqual(expected);
    expect((await model.restore({ width, height, data: rgba }, steps)).raster).toEqual(expected);
  });

  test("is refused if it is none, or would have to be fetched", async () => {
    await expect(model.restore(7 as never)).rejects.toMatchObject({ code: "argument" });
    await expect(model.restore(new URL("http://localhost/a.jpg"))).rejects.toThrow(/nothing is fetched/);
    await expect(model.restore({ width: 2, height: 2, data: new Uint8ClampedArray(4) })).rejects.toThrow(UnblurError);
    await expect(model.restore(at("none.jpg"))).rejects.toMatchObject({ code: "file" });
  });

  test("that is already sharp comes back to the byte", async () => {
    const bytes = await sharpFile();
    const same = await restore(bytes, { model: "fast", samples: 2, steps: 3 });
    expect([same.alreadySharp, same.samples.length]).toEqual([true, 2]);
    expect(await same.toBuffer()).toEqual(bytes);
    expect((await sharp(await same.toBuffer("webp")).metadata()).format).toBe("webp");
    expect(same.uncertainty.raster.data.every((value) => value === 0)).toBe(true);
  });

  test("that is already sharp is refused like others if it is to be enlarged by a model that cannot", async () => {
    const refused = { code: "argument", message: expect.stringMatching(/keeps the photo's size: leave out scale/) };
    for (const one of [photo, await sharpFile()])
      await expect(model.restore(one, { scale: 2 })).rejects.toMatchObject(refused);
  });

  test("that is already sharp opens no model, which a model without weights would betray", async () => {
    await writeIdentityModel(at("hollow"));
    await rm(at("hollow", weightsFile("predictor")));
    const bytes = await sharpFile();
    const opened = { code: "checkpoint" };
    const hollow: RestoreOnceOptions[] = [{ model: at("hollow") }, { model: "fast", predictor: at("hollow") }];
    for (const options of hollow) {
      expect((await restore(bytes, options)).alreadySharp).toBe(true);
      await expect(restore(photo, { ...options, restoreSharp: true })).rejects.toMatchObject(opened);
      await expect(restore(bytes, { ...options, restoreSharp: true })).rejects.toMatchObject(opened);
    }
    const wrong: RestoreOnceOptions[] = [{ model: "no such model" }, { predictor: "no such model" }, { threads: 0 }];
    wrong.push({ device: "gpu" as never }, { preset: "slow" as never });
    for (const options of wrong) await expect(restore(bytes, options)).rejects.toMatchObject({ code: "argument" });
    await expect(open(at("hollow"))).rejects.toMatchObject(opened);
  });

  test("is restored only where the mask is white", async () => {
    const black: Raster = { width: 60, height: 44, channels: 1, data: new Uint8Array(60 * 44) };
    const { data } = await sharp(photo).raw().toBuffer({ resolveWithObject: true });
    expect((await model.restore(photo, { steps: 0, mask: black })).raster.data).toEqual(new Uint8Array(data));
  });
});

test("mean and uncertainty are those of the samples", async () => {
  const restored = await model.restore(photo, { samples: 2, steps: 1, restoreSharp: true });
  const [a, b] = restored.samples.map(({ raster }) => raster.data) as [Uint8Array, Uint8Array];
  expect(restored.mean.raster.data).toEqual(a.map((value, i) => Math.round((value + b[i]!) / 2)));
  const { channels, data } = restored.uncertainty.raster;
  // The deviation of two numbers is their difference over sqrt(2); 32 levels are white.
  const expected = Array.from({ length: data.length }, (_, pixel) => {
    const squares = [0, 1, 2].map((c) => (a[3 * pixel + c]! - b[3 * pixel + c]!) ** 2 / 2);
    return Math.min(255, (Math.sqrt((squares[0]! + squares[1]! + squares[2]!) / 3) * 255) / 32);
  });
  expect(channels).toBe(1);
  expect(Math.max(...expected.map((value, i) => Math.abs(value - data[i]!)))).toBeLessThanOrEqual(0.501);
  expect((await restored.uncertainty.toBlob()).type).toBe("image/png");
});

test("files and blobs have the format that was asked for", async () => {
  const restored = await model.restore(photo, { steps: 0, restoreSharp: true });
  await restored.toFile(pathToFileURL(at("by-name.webp")));
  await restored.toFile(at("asked"), { format: "png" });
  const formats = [at("by-name.webp"), at("asked"), await restored.toBuffer("tiff")].map((file) =>
    sharp(file).metadata(),
  );
  expect((await Promise.all(formats)).map(({ format }) => format)).toEqual(["webp", "png", "tiff"]);
  expect((await restored.toBlob("jpeg", { quality: 10 })).size).toBeLessThan((await restored.toBlob("jpeg")).size);
  await expect(restored.toFile(at("none"))).rejects.toThrow(/no known ending/);
  await expect(restored.toFile(at("a.png"), { quality: 50 })).rejects.toThrow(/lossless/);
});

describe("events", () => {
  test("come in order, and the last one is the result", async () => {
    const types: string[] = [];
    let last: Raster | undefined;
    let shown: Raster | undefined;
    for await (const event of model.run(photo, { steps: 2, restoreSharp: true })) {
      if (types.at(-1) !== event.type) types.push(event.type);
      if (event.type === "step") shown = event.step.picture;
      if (event.type === "restored") last = event.restored.raster;
    }
    expect(types[0]).toBe("progress");
    expect(types.at(-1)).toBe("restored");
    expect(types).toContain("step");
    expect(shown).toEqual(last);
    expect(last).toEqual((await model.restore(photo, { steps: 2, restoreSharp: true })).raster);
  });

  test("tell the progress to a callback", async () => {
    const shares: number[] = [];
    await model.restore(photo, {
      steps: 2,
      restoreSharp: true,
      onProgress: ({ done, total }) => shares.push(done / total),
    });
    expect(shares.at(-1)).toBe(1);
    expect(shares).toEqual(shares.toSorted((a, b) => a - b));
  });
});

test("a progress callback that rejects ends its call with its error, and none is left unhandled", async () => {
  const unhandled: unknown[] = [];
  const note = (reason: unknown) => unhandled.push(reason);
  process.on("unhandledRejection", note);
  try {
    const refusal = new Error("the callback's own");
    const onProgress = async () => Promise.reject(refusal);
    await expect(model.restore(photo, { steps: 0, restoreSharp: true, onProgress })).rejects.toBe(refusal);
    const wide = sharp(join(EXAMPLES, "friends-blurry.jpg")).extract({ left: 100, top: 180, width: 96, height: 96 });
    const bytes = new Uint8Array(await wide.png().toBuffer());
    for (const method of ["single", "hypotheses"] as const)
      await expect(deconvolve(bytes, { method, onProgress })).rejects.toBe(refusal);
    let calls = 0;
    await deconvolve(bytes, { method: "single", onProgress: async () => void calls++ });
    expect(calls).toBeGreaterThan(1);
    await new Promise((resolve) => setTimeout(resolve, 10));
    expect(unhandled).toEqual([]);
  } finally {
    process.off("unhandledRejection", note);
  }
});

test("a model is released at the end of its block, after the calls before, and then refuses others", async () => {
  await writeIdentityModel(at("identity"));
  let left: Model;
  let call: Promise<{ readonly raster: Raster }>;
  {
    await using identity = await open(at("identity"), { threads: 1 });
    await identity.warmUp();
    left = identity;
    call = identity.restore(photo, { restoreSharp: true });
  }
  const { data } = await sharp(photo).raw().toBuffer({ resolveWithObject: true });
  expect((await call).raster.data).toEqual(new Uint8Array(data));
  await expect(left.restore(photo, { restoreSharp: true })).rejects.toMatchObject({ code: "argument" });
});

test("lists the models of the package", async () => {
  const packaged = (await models()).filter(({ from }) => from === "package");
  expect(packaged.map(({ name }) => name)).toEqual(expect.arrayContaining(["default", "fast"]));
});

test("deconvolves without a model, with a kernel of sum 1", async () => {
  const wide = sharp(join(EXAMPLES, "friends-blurry.jpg")).extract({ left: 100, top: 180, width: 256, height: 256 });
  const shares: number[] = [];
  const result = await deconvolve(new Uint8Array(await wide.png().toBuffer()), {
    onProgress: (share) => shares.push(share),
  });
  expect(result.places).toHaveLength(1);
  const { kernel } = result.places[0]!;
  expect(kernel.data.reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 5);
  expect([result.raster.width, result.raster.height, shares.at(-1)]).toEqual([256, 256, 1]);
});

describe("what cannot be read or written is refused in one sentence, with its code", () => {
  const refusal = (promise: Promise<unknown>) =>
    promise.then(
      () => "done",
      (error: unknown) => (error instanceof UnblurError ? `${error.code}: ${error.message}` : error),
    );
  const url = (text: string) => model.restore(new URL(text), { restoreSharp: true });
  const streamOf = (...chunks: unknown[]) => Readable.from(chunks) as AsyncIterable<Uint8Array>;
  const locked = () => {
    const stream = new Blob(["x"]).stream();
    stream.getReader();
    return stream;
  };
  test.each<[string, () => Promise<unknown>, RegExp]>([
    ["a URL of another machine", () => url("file://host/street.jpg"), /^argument: file:\/\/host\/street.jpg: expected/],
    ["a URL with a slash in a name", () => url("file:///a%2Fb.jpg"), /^argument: file:\/\/\/a%2Fb.jpg: expected/],
    ["a path with a zero", () => model.restore("a\0b.jpg"), /^file: a.b.jpg: it cannot be the name of a file/],
    [
      "a stream that is being read",
      () => model.restore(locked()),
      /^argument: restore: expected a stream that nothing/,
    ],
    ["a stream of texts", () => model.restore(streamOf("a", "b")), /^argument: stream: expected a stream of bytes/],
    ["a stream of objects", () => model.restore(streamOf({ a: 1 })), /^argument: stream: expected a stream of bytes/],
    ["too large a warm-up", () => model.warmUp({ width: 1e9, height: 1e9 }), /^argument: warmUp: expected the width/],
    ["a negative warm-up", () => model.warmUp({ width: -4, height: 4 }), /^argument: warmUp: expected the width/],
    [
      "options that are null",
      () => model.restore(photo, null as never),
      /^argument: restore: expected options .*, got null/,
    ],
    [
      "null in restoring once",
      () => restore(photo, null as never),
      /^argument: restore: expected options .*, got null/,
    ],
    ["null in warming up", () => model.warmUp(null as never), /^argument: warmUp: expected options/],
    [
      "a number of steps as events",
      () => model.run(photo, 4 as never).next(),
      /^argument: run: expected options .*, got 4/,
    ],
    ["null in opening", () => open("fast", null as never), /^argument: open: expected options/],
    ["null in exporting", () => exportModel("fast", null as never).next(), /^argument: exportModel: expected options/],
    [
      "a number as a callback",
      () => model.restore(photo, { onProgress: 5 as never }),
      /^argument: restore: onProgress: expected a function, got 5/,
    ],
    [
      "an object as a callback of restoring once",
      () => restore(photo, { onProgress: {} as never }),
      /^argument: restore: onProgress: expected a function/,
    ],
    ["nothing as a photo", () => restore(null as never), /^argument: restore: expected a path, .*, got null/],
    ["nothing to import", () => importModel(undefined as never), /^argument: importModel: expected the path of a file/],
    ["null in importing", () => importModel("a.pth", null as never), /^argument: importModel: expected options/],
    ["null in deconvolving", () => deconvolve(photo, null as never), /^argument: deconvolve: expected options/],
    ["a model that is null", () => open(null as never), /^argument: open: expected the name of a model, .*, got null/],
    [
      "a URL as a model",
      () => restore(photo, { model: new URL("file:///a") as never }),
      /^argument: open: expected the name/,
    ],
    [
      "an unknown device",
      () => open("fast", { device: "gpu" as never }),
      /^argument: device: expected one of cpu, .*gpu/,
    ],
    [
      "an unknown preset",
      () => restore(photo, { preset: "slow" as never }),
      /^argument: preset: expected one of .*slow/,
    ],
    ["a number as a predictor", () => open("fast", { predictor: 3 as never }), /^argument: open: expected the name/],
    ["an unknown format", async () => (await model.restore(photo)).toBuffer("gif" as "png"), /^argument: .*one of png/],
    ["a format of a prototype", async () => (await model.restore(photo)).toBuffer("toString" as "png"), /^argument: /],
    ["a target with a zero", async () => (await model.restore(photo)).toFile(at("a\0b.jpg")), /^file: .* the code 0/],
  ])("%s", async (_, act, message) => {
    expect(await refusal(act())).toMatch(message);
  });
});
