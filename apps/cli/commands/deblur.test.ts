import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { readImage, writeImage } from "../../../platform/node/photos/image-file.js";
import { type ErrorCode, UnblurError } from "../../../src/base/errors.js";
import type { Raster } from "../../../src/images/image.js";
import { writeIdentityModel } from "../../../test/identity-model.js";
import { shellWords } from "../../../test/shell-words.js";
import { COMMANDS } from "../catalog.js";
import { runProgram } from "../program.js";
import { endsBatch } from "./deblur.js";

let folder: string;
const at = (...parts: string[]) => join(folder, ...parts);

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "unblur-deblur-"));
  await writeIdentityModel(at("identity"));
});
afterEach(() => rm(folder, { recursive: true }));

async function unblur(...argv: string[]) {
  const written = { out: "", err: "" };
  const code = await runProgram({ name: "unblur", version: "0", summary: "", commands: COMMANDS }, argv, {
    stdout: { write: (text) => (written.out += text) },
    stderr: { write: (text) => (written.err += text) },
    signal: new AbortController().signal,
  });
  return { code, ...written };
}

/** Writes a picture in which every value differs from its neighbours. */
async function picture(name: string, width: number, height: number, channels: Raster["channels"], deep = false) {
  const length = width * height * channels;
  const top = deep ? 65536 : 256;
  const values = Array.from({ length }, (_, i) => (i * 7919) % top);
  const data = deep ? Uint16Array.from(values) : Uint8Array.from(values);
  await writeImage(at(name), { raster: { width, height, channels, data }, format: "png", metadata: { density: 300 } });
  return at(name);
}

test.each([
  [1, 1, 3, false],
  [2, 3, 4, false],
  [37, 5, 3, true],
  [5, 31, 1, false],
  [16, 16, 2, false],
  [9, 8, 4, true],
  [3, 7, 1, true],
] as const)(
  "%d x %d, %d channels, 16 bits: %s is unchanged pixel for pixel by an identity model",
  async (width, height, channels, deep) => {
    const file = await picture("a.png", width, height, channels, deep);
    const { code, out } = await unblur(file, "--model", at("identity"));
    expect({ code, out }).toEqual({ code: 0, out: `${at("a.unblurred.png")}\n` });
    const [before, after] = [await readImage(file), await readImage(at("a.unblurred.png"))];
    expect(after.metadata).toEqual(before.metadata);
    expect({ ...after.raster, data: [...after.raster.data] }).toEqual({
      ...before.raster,
      data: [...before.raster.data],
    });
  },
);

test("a sampler by name or as JSON; an invalid one is refused with the choices", async () => {
  const file = await picture("a.png", 16, 16, 3);
  const run = (...argv: string[]) => unblur(file, "--json", "--force", ...argv);
  const named = await run("--sampler", "euler-maruyama", "--steps", "2");
  expect(named.code).toBe(0);
  expect(JSON.parse(named.out)).toMatchObject({ steps: 2, sampler: { kind: "euler-maruyama" } });
  const described = await run("--sampler", '{"kind": "ddim", "eta": 0.5}', "--steps", "1");
  expect(JSON.parse(described.out)).toMatchObject({ sampler: { kind: "ddim", eta: 0.5, clip: false } });
  const adaptive = await run("--sampler", "adaptive-sde", "--model", "default");
  expect(JSON.parse(adaptive.out)).toMatchObject({ steps: null, sampler: { kind: "adaptive-sde" } });
  expect((await run("--sampler", "ddim", "--steps", "0")).err).toMatch(
    /sampler cannot be used without diffusion steps/,
  );
  const unknown = await run("--sampler", "fast");
  expect(unknown.code).toBe(2);
  expect(unknown.err).toMatch(/sampler: expected one of ancestral, ddim, .*adaptive-sde.*got fast/);
  const wrong = await run("--sampler", '{"kind": "ddim", "eta": 2}');
  expect(wrong.err).toMatch(/eta/);
  expect((await run("--sampler", "ddim", "--model", at("identity"))).err).toMatch(
    /sampler cannot be used without diffusion steps, which model "identity" does not have/,
  );
});

test("a batch continues after bad files and names the failed ones at the end", async () => {
  const good = await picture("good.png", 8, 8, 3);
  await writeFile(at("text.png"), "not a picture");
  await writeFile(at("empty.jpg"), "");
  await writeFile(at("cut.png"), (await readFile(good)).subarray(0, 100));
  await mkdir(at("folder.png"));
  const bad = ["folder.png", "text.png", "empty.jpg", "cut.png", "missing.jpg"].map((name) => at(name));
  const { code, out, err } = await unblur(...bad, good, "--model", at("identity"), "--out", at("out"));
  expect({ code, out }).toEqual({ code: 1, out: `${at("out", "good.png")}\n` });
  for (const path of bad) expect(err).toMatch(new RegExp(`^error: ${path}: `, "m"));
  expect(err).toContain(`5 failed: ${bad.join(", ")}`);
  expect(await readdir(at("out"))).toEqual(["good.png"]);
});

test("--mask: black is kept bit for bit, white is restored; a mask of another size is refused for that photo alone", async () => {
  await writeIdentityModel(at("brighter"), 8, 0.1);
  const [file, small] = [await picture("deep.png", 8, 6, 4, true), await picture("small.png", 4, 4, 3)];
  const half = Uint8Array.from({ length: 48 }, (_, i) => (i % 8 < 4 ? 0 : 255));
  const mask = { width: 8, height: 6, channels: 1 as const, data: half };
  await writeImage(at("half.png"), { raster: mask, format: "png", metadata: {} });
  const { code, err } = await unblur(
    file,
    small,
    "--mask",
    at("half.png"),
    "--model",
    at("brighter"),
    "-o",
    at("part/"),
  );
  expect([code, err]).toEqual([1, expect.stringMatching(/small|photo's size, 4 x 4/)]);
  const [before, after] = [(await readImage(file)).raster, (await readImage(at("part/deep.png"))).raster];
  let changed = 0;
  before.data.forEach((value, i) => {
    if (Math.floor(i / 4) % 8 < 4) expect(after.data[i]).toBe(value);
    else if (after.data[i] !== value) changed++;
  });
  expect(changed).toBeGreaterThan(40);
});

describe("several samples", () => {
  const names = (stem: string) => [1, 2, 3].map((k) => at(`${stem}.unblurred.${k}.png`));

  test("with their mean, the uncertainty in two forms and a page, all consistent with the restorations", async () => {
    const file = await picture("few.png", 24, 16, 3);
    const { code, out } = await unblur(file, "--steps", "1", "--samples", "3");
    const rest = ["mean.png", "uncertainty.png", "uncertainty.tiff", "samples.png", "samples.html"].map((end) =>
      at(`few.unblurred.${end}`),
    );
    expect({ code, out }).toEqual({ code: 0, out: `${[...names("few"), ...rest].join("\n")}\n` });
    const samples = await Promise.all(names("few").map(async (path) => (await readImage(path)).raster.data));
    const mean = (await readImage(rest[0]!)).raster.data;
    const of = (i: number) => samples.map((data) => data[i]!);
    for (let i = 0; i < mean.length; i++)
      expect(mean[i]).toBe(Math.round(of(i).reduce((sum, value) => sum + value, 0) / 3));
    // libvips reads the floats as three equal bands.
    const { data } = await sharp(rest[2]!).raw({ depth: "float" }).toBuffer({ resolveWithObject: true });
    const deviation = new Float32Array(data.buffer, data.byteOffset, data.byteLength / 4);
    const bands = deviation.length / (24 * 16);
    let most = 0;
    for (let pixel = 0; pixel < 24 * 16; pixel++) {
      const variance = (i: number) => {
        const middle = of(i).reduce((sum, value) => sum + value / 3, 0);
        return of(i).reduce((sum, value) => sum + (value - middle) ** 2 / 2, 0);
      };
      const expected = Math.sqrt((variance(3 * pixel) + variance(3 * pixel + 1) + variance(3 * pixel + 2)) / 3) / 255;
      expect(Math.abs(deviation[bands * pixel]! - expected)).toBeLessThan(1e-5);
      most = Math.max(most, expected);
    }
    expect(most).toBeGreaterThan(0.01);
    const page = await readFile(rest[4]!, "utf8");
    for (const text of ["3 restorations of few.png", "most typical", "one of the two most different"])
      expect(page).toContain(text);
  });

  test("the page's command has every relevant option and reproduces the files", async () => {
    const file = await picture("c $(touch owned) it's.png", 12, 8, 3);
    const first = [
      "--samples",
      "2",
      "--steps",
      "1",
      "--seed",
      "3",
      "--no-keep-tone",
      "--restore-sharp",
      "--threads",
      "1",
    ];
    await unblur(file, ...first, "--check", "--out", at("first/"));
    const stem = (folder: string) => at(folder, "c $(touch owned) it's");
    const page = await readFile(`${stem("first")}.samples.html`, "utf8");
    const written = /unblur deblur [^<]*/.exec(page)![0];
    const command = written.replaceAll("&quot;", '"').replaceAll("&#39;", "'").replaceAll("&amp;", "&");
    const again = command.replace(`--out ${at("first/")}`, `--out ${at("again/")}`);
    const [, ...words] = shellWords(again, folder);
    expect((await unblur(...words)).code).toBe(0);
    expect(existsSync(at("owned"))).toBe(false);
    expect(await readdir(at("again"))).toEqual(await readdir(at("first")));
    for (const name of await readdir(at("first")))
      if (!name.endsWith(".html"))
        expect(Buffer.compare(await readFile(at("again", name)), await readFile(at("first", name))), name).toBe(0);
  });

  test("alone with --no-summary", async () => {
    const file = await picture("alone.png", 12, 8, 3);
    const { code, out } = await unblur(file, "--steps", "1", "--samples", "3", "--no-summary");
    expect({ code, out }).toEqual({ code: 0, out: `${names("alone").join("\n")}\n` });
    expect(existsSync(at("alone.unblurred.mean.png"))).toBe(false);
  });
});

test("--check: figures, and kernels over the photo; an unchanged photo needs no blur to explain it", async () => {
  const file = await picture("a.png", 40, 32, 4);
  const { code, out, err } = await unblur(file, "--model", at("identity"), "--check");
  const written = ["a.unblurred.png", "a.unblurred.kernels.png", "a.unblurred.kernels.json"];
  expect([code, out]).toEqual([0, written.map((name) => `${at(name)}\n`).join("")]);
  expect(err).toContain("nothing was changed that blur could account for");
  expect((await readImage(at("a.unblurred.kernels.png"))).raster).toMatchObject({ width: 40, height: 32, channels: 3 });
  await writeIdentityModel(at("brighter"), 8, 0.1);
  const options = ["--model", at("brighter"), "--no-keep-tone", "--check", "--json", "--out", at("out/")];
  const brighter = await unblur(file, ...options);
  const { check } = JSON.parse(brighter.out);
  // No blur makes a photo brighter: the whole change of 0.1 in a range of 2, clipped at white, stays unexplained.
  expect(check.psnr).toBeGreaterThan(-20 * Math.log10(0.05) - 0.5);
  expect(check.psnr).toBeLessThan(-20 * Math.log10(0.05) + 1);
  expect(check.explained).toBeLessThan(0.1);
  expect(check.cells).toEqual([
    { left: 0, top: 0, width: 40, height: 32, psnr: check.psnr, explained: check.explained },
  ]);
});

describe("a sharp photo", () => {
  /** Writes squares with edges of `edge` px; the model brightens the picture when it restores it. */
  async function squares(name: string, edge: number) {
    const side = 288;
    const light = (at: number) => {
      let sum = 0;
      for (let k = 0; k < edge; k++) sum += Math.floor((at + k) / 24) % 2;
      return sum / edge;
    };
    const data = Uint8Array.from({ length: side * side }, (_, i) =>
      Math.round(60 + 120 * light(i % side) * light(Math.floor(i / side))),
    );
    const raster = { width: side, height: side, channels: 1 as const, data };
    await writeImage(at(name), { raster, format: "png", metadata: {} });
    await writeIdentityModel(at("brighter"), 8, 0.1);
    return at(name);
  }
  /** Index of a dark pixel near the first corner of a square: the photo is kept where it is flat. */
  const near = (at: number) => at * 288 + at;
  const brighten = (...argv: string[]) =>
    unblur(...argv, "--model", at("brighter"), "--no-keep-tone", "--out", at("out/"));

  test("is reported and copied byte for byte; a blurry one is restored", async () => {
    const [sharp, blurry] = [await squares("sharp.png", 1), await squares("blurry.png", 7)];
    const { code, out, err } = await brighten(sharp, blurry);
    expect([code, out]).toEqual([0, `${at("out/sharp.png")}\n${at("out/blurry.png")}\n`]);
    expect(err).toMatch(/sharp\.png: already sharp, copied unchanged/);
    expect(err).not.toMatch(/blurry\.png: already sharp/);
    expect(err).toMatch(/^1 restored, 1 copied unchanged in /m);
    expect((await readFile(at("out/sharp.png"))).equals(await readFile(sharp))).toBe(true);
    expect((await readImage(at("out/blurry.png"))).raster.data[near(15)]).toBeGreaterThan(65);
  });

  test("is restored with --restore-sharp or with a mask", async () => {
    const sharp = await squares("sharp.png", 1);
    const white = { width: 288, height: 288, channels: 1 as const, data: new Uint8Array(288 ** 2).fill(255) };
    await writeImage(at("white.png"), { raster: white, format: "png", metadata: {} });
    for (const option of [["--restore-sharp"], ["--mask", at("white.png")]]) {
      expect((await brighten(sharp, "--force", "--quiet", ...option)).code).toBe(0);
      expect((await readImage(at("out/sharp.png"))).raster.data[near(20)]).toBeGreaterThan(65);
    }
  });

  test("has no summary and no check; another format has the same pixels", async () => {
    const sharp = await squares("sharp.png", 1);
    const { out } = await unblur(sharp, "--check", "--json", "--model", at("brighter"), "--out", at("b.tiff"));
    expect(JSON.parse(out)).toMatchObject({ outputs: [at("b.tiff")], sharp: true, kernels: null, check: null });
    const [copy, original] = [(await readImage(at("b.tiff"))).raster, (await readImage(sharp)).raster];
    expect(Buffer.compare(Buffer.from(copy.data), Buffer.from(original.data))).toBe(0);
  });
});

test("JSON has one object per line: outcome, settings and failures", async () => {
  const file = await picture("a.png", 8, 6, 4);
  const { code, out } = await unblur(
    file,
    at("missing.png"),
    ...["--model", at("identity"), "--out", at("out"), "--json", "--seed", "7"],
  );
  expect(code).toBe(1);
  const [done, failed] = out
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(done).toEqual({
    ...{
      input: file,
      outputs: [at("out", "a.png")],
      summary: null,
      kernels: null,
      check: null,
      sharp: false,
      width: 8,
      height: 6,
      elapsedMs: expect.any(Number),
      warnings: [],
    },
    ...{ model: "identity", steps: 0, realism: null, samples: 1, seed: 7, strength: 1 },
    command: `unblur deblur ${file} --out ${at("out")} --model ${at("identity")} --seed 7 --json`,
  });
  expect(failed).toEqual({
    input: at("missing.png"),
    error: { code: "file", message: expect.stringContaining("no such file") },
  });
});

test("existing files are overwritten on request only, and an input never", async () => {
  const file = await picture("a.png", 4, 4, 3);
  const before = await readFile(file);
  await writeFile(at("a.unblurred.png"), "precious");
  const first = await unblur(file, "--model", at("identity"));
  expect(first).toMatchObject({ code: 1, out: "" });
  expect(first.err).toContain("already exists; overwrite it with --force");
  expect(await readFile(at("a.unblurred.png"), "utf8")).toBe("precious");
  expect((await unblur(file, "--model", at("identity"), "--force")).code).toBe(0);
  expect((await readImage(at("a.unblurred.png"))).raster.width).toBe(4);
  expect(await unblur(file, "--model", at("identity"), "--force", "--out", file)).toMatchObject({ code: 2, out: "" });
  expect(await readFile(file)).toEqual(before);
});

test("another format is chosen by name; a warning names what it cannot hold", async () => {
  const file = await picture("a.png", 4, 4, 4, true);
  const { code, err } = await unblur(file, "--model", at("identity"), "--out", at("b.jpg"));
  expect(code).toBe(0);
  expect(err).toContain("JPEG has no transparency");
  expect(err).toContain("JPEG has 8 bits a channel");
  expect((await readImage(at("b.jpg"))).format).toBe("jpeg");
});

test("a setting that fails for every picture ends the batch at once", async () => {
  const files = [await picture("a.png", 4, 4, 3), await picture("b.png", 4, 4, 3)];
  const noSteps = await unblur(...files, "--model", at("identity"), "--steps", "3");
  expect(noSteps).toMatchObject({ code: 2, out: "" });
  expect(noSteps.err).toContain("no diffusion");
  const noModel = await unblur(...files, "--model", at("nothing"));
  expect(noModel).toMatchObject({ code: 2, out: "" });
  expect(noModel.err).toContain(at("nothing"));
  expect(await readdir(folder)).toEqual(["a.png", "b.png", "identity"]);
});

test("an argument that is refused while a picture is computed is about that picture alone", () => {
  const error = (code: ErrorCode) => new UnblurError(code, "refused");
  for (const hasWorked of [true, false]) {
    expect(endsBatch(error("argument"), { hasWorked })).toBe(!hasWorked);
    for (const code of ["image", "file", "shape"] as const) expect(endsBatch(error(code), { hasWorked })).toBe(false);
    for (const code of ["cancelled", "device", "checkpoint"] as const)
      expect(endsBatch(error(code), { hasWorked })).toBe(true);
    expect(endsBatch(new TypeError("of a fault"), { hasWorked })).toBe(true);
  }
});

test("--quiet prints errors only", async () => {
  const file = await picture("a.png", 4, 4, 3);
  const { code, err, out } = await unblur(file, "--model", at("identity"), "--quiet");
  expect({ code, err, out }).toEqual({ code: 0, err: "", out: `${at("a.unblurred.png")}\n` });
});
