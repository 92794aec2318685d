/** @file `unblur evaluate` on small pairs, with an identity model and one that brightens. */
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readRgb, writeImage } from "../../../platform/node/photos/image-file.js";
import { Rng } from "../../../src/base/random.js";
import type { PictureScores } from "../../../src/evaluation/protocol.js";
import type { Raster } from "../../../src/images/image.js";
import { createNetwork, networkConfigSchema } from "../../../src/networks/catalog.js";
import type { Pooling } from "../../../src/nn/pooling.js";
import { writeIdentityModel, writePredictor } from "../../../test/identity-model.js";
import { aliveWeights } from "../../../test/oracle/alive-weights.js";
import { naivePsnr, naiveSsim } from "../../../test/oracle/similarity.js";
import { openPage, pageTest } from "../../../test/page.js";
import { writeWavePairs } from "../../../test/training/wave-pairs.js";
import { COMMANDS } from "../catalog.js";
import { runProgram } from "../program.js";

const SMALL_NAFNET = { width: 4, encoderBlocks: [1], middleBlocks: 1, decoderBlocks: [1] };
let folder: string;
const at = (...parts: string[]) => join(folder, ...parts);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "unblur-evaluate-"));
  await writeIdentityModel(at("identity"));
  await writeWavePairs(at("data"), 4);
});
afterAll(() => rm(folder, { recursive: true }));

async function unblur(line: string, signal = new AbortController().signal, onErr: (text: string) => void = () => {}) {
  const written = { out: "", err: "" };
  const program = { name: "unblur", version: "0", summary: "", commands: COMMANDS };
  const code = await runProgram(program, line.replaceAll("@", `${folder}/`).split(" "), {
    stdout: { write: (text) => (written.out += text) },
    stderr: {
      write(text) {
        written.err += text;
        onErr(String(text));
      },
    },
    signal,
  });
  return { code, ...written };
}
const json = async (name: string) => JSON.parse(await readFile(at(name), "utf8"));
const pair = async (i: number): Promise<[Raster, Raster]> => [
  await readRgb(at("data", "blur", `${i}.png`)),
  await readRgb(at("data", "sharp", `${i}.png`)),
];

describe("whole photos", () => {
  test("table, JSON and pictures agree with each other and with the definitions", async () => {
    const { code, out } = await unblur("evaluate --model @identity --data @data --json @new/r.json --save @pictures");
    const report = await json("new/r.json");
    expect({ code, problems: report.leftOut }).toEqual({ code: 0, problems: [] });
    const values = [];
    for (const [i, row] of report.pictures.entries()) {
      const [blurry, sharp] = await pair(i);
      expect([row.name, row.input]).toEqual([String(i), row.restored]);
      expect(row.input.psnr).toBeCloseTo(naivePsnr(blurry, sharp), 10);
      expect(row.input.ssim).toBeCloseTo(naiveSsim(blurry, sharp), 12);
      expect([row.input["ms-ssim"], row.input.niqe]).toEqual([null, null]); // 48 x 40 px is too small
      values.push(naivePsnr(blurry, sharp));
      for (const what of ["input", "restored"])
        expect((await readRgb(at("pictures", `${i}.${what}.png`))).data).toEqual(blurry.data);
      expect((await readRgb(at("pictures", `${i}.truth.png`))).data).toEqual(sharp.data);
    }
    const mean = values.reduce((sum, value) => sum + value, 0) / 4;
    expect(report.summary.psnr.restored.mean).toBeCloseTo(mean, 10);
    expect(report.summary.psnr.gain).toEqual({ mean: 0, standardError: 0, pictures: 4 });
    expect(out).toMatch(/^identity, 0 steps, 1 sample; 4 photos\nmetric +input +restored +gain +better +p\n/);
    expect(out).toMatch(new RegExp(`\npsnr \\(dB\\) +${mean.toFixed(3)} +${mean.toFixed(3)} ± .* 0 of 4 +-\n`));
  });

  test("--sampler sets the model's sampler", async () => {
    const psnr = async (...options: string[]) => {
      const line = [
        "evaluate --model fast --data @data --metric psnr --json @sampled.json",
        ...(options.some((option) => option.startsWith("--steps")) ? [] : ["--steps 2"]),
        ...options,
      ];
      const { code, out } = await unblur(line.join(" "));
      return { code, head: out.split(";")[0], psnr: (await json("sampled.json")).summary.psnr.restored.mean };
    };
    const own = await psnr();
    const same = await psnr('--sampler {"kind":"ddim","eta":0}');
    const other = await psnr('--sampler {"kind":"ancestral","variance":"beta"}');
    expect(own).toMatchObject({ code: 0, head: "fast, 2 steps, 1 sample" });
    expect(same).toEqual({ ...own, head: "fast, 2 steps, ddim, 1 sample" });
    expect(other).toMatchObject({ code: 0, head: "fast, 2 steps, ancestral, 1 sample" });
    expect(other.psnr).not.toBe(own.psnr);
    // Without noise the seed has no effect, and the result is the prediction.
    const [faithful, again] = [await psnr("--realism 0"), await psnr("--realism 0 --seed 1")];
    expect(faithful.head).toBe("fast, 2 steps, realism 0, 1 sample");
    expect(again.psnr).toBe(faithful.psnr);
    expect(faithful.psnr).toBeCloseTo((await psnr("--steps 0")).psnr, 6);
    expect(faithful.psnr).not.toBe(own.psnr);
  });

  test("--pooling overrides the model's pooling with the same weights", async () => {
    const written = async (name: string, pooling: Pooling) => {
      const network = networkConfigSchema.parse({ architecture: "nafnet", ...SMALL_NAFNET, pooling });
      const { parameters } = createNetwork(network);
      const rng = Rng.fromSeed(4);
      const weights = aliveWeights(parameters, { initial: rng, instead: rng, scale: 0.1 });
      await writePredictor(at(name), { name, network, weights });
    };
    const local = { kind: "local", trainPx: 8 } as const;
    await written("whole", { kind: "global" });
    await written("windows", local);
    const psnrs = async (options: string) => {
      await unblur(`evaluate --data @data --metric psnr --json @pooled.json ${options}`);
      return (await json("pooled.json")).pictures.map(({ restored }: PictureScores) => restored.psnr);
    };
    const [whole, windows] = [await psnrs("--model @whole"), await psnrs("--model @windows")];
    expect(whole).not.toEqual(windows);
    expect(await psnrs("--model @whole --pooling local --train-px 8")).toEqual(windows);
    expect(await psnrs("--model @windows --pooling global")).toEqual(whole);
    expect((await json("pooled.json")).command).toContain("--pooling global");
  });

  test("a model's actual change is measured: the saved pictures are the scored ones", async () => {
    // 0.1 of a range of 2 is 12.75 levels, before clamping and rounding.
    await writeIdentityModel(at("brighter"), 8, 0.1);
    await unblur("evaluate --model @brighter --data @data --metric psnr --metric tone-error --json @b.json --save @b");
    const { pictures, summary } = await json("b.json");
    for (const [i, row] of pictures.entries()) {
      const [blurry, sharp] = await pair(i);
      const restored = await readRgb(at("b", `${i}.restored.png`));
      expect(restored.data).toEqual(blurry.data.map((value) => Math.min(255, Math.floor(value + 12.75 + 0.5))));
      expect(row.restored.psnr).toBeCloseTo(naivePsnr(restored, sharp), 10);
    }
    expect(summary.psnr.gain.mean).toBeLessThan(0);
    expect(summary["tone-error"].restored.mean).toBeGreaterThan(8);
    expect(Object.keys(summary)).toEqual(["psnr", "tone-error"]);
    // Keeping the photo's tone undoes that change, except where values were clipped.
    const { out } = await unblur("evaluate --model @brighter --data @data --keep-tone --metric psnr --json @k.json");
    expect(out).toMatch(/^identity, 0 steps, 1 sample, tone kept; 4 photos\n/);
    const kept = (await json("k.json")).summary.psnr;
    expect(kept.restored.mean).toBeGreaterThan(summary.psnr.restored.mean + 1);
    const { weightsChecksum } = (await json("b.json")).model;
    expect(weightsChecksum).toEqual({ predictor: expect.stringMatching(/^[0-9a-f]{8}$/) });
    expect(weightsChecksum).not.toEqual((await json("new/r.json")).model.weightsChecksum); // the same network otherwise
  });

  test("the command in the JSON reproduces its numbers on the same crops", async () => {
    await unblur(
      "evaluate --model @identity --data @data --crop 20 --crops-per-image 3 --crop-seed 5 --keep-tone --json @1.json",
    );
    const first = await json("1.json");
    expect(first.pictures.length).toBe(12);
    expect(first.options).toMatchObject({ crop: 20, cropsPerImage: 3, cropSeed: 5, seed: 0, device: "cpu" });
    expect(first.versions).toMatchObject({ unblur: expect.stringMatching(/^\d/), node: process.versions.node });
    await rm(at("1.json"));
    await unblur(first.command.replace(/^unblur /, ""));
    const second = await json("1.json");
    expect([second.pictures, second.summary, second.command]).toEqual([first.pictures, first.summary, first.command]);
  });

  test("an infinite value is a string in JSON, not null", async () => {
    const [, sharp] = await pair(0);
    for (const part of ["blur", "sharp"]) {
      await mkdir(at("equal", part), { recursive: true });
      await writeImage(at("equal", part, "a.png"), { raster: sharp, format: "png", metadata: {} });
    }
    const { out } = await unblur("evaluate --model @identity --data @equal --metric psnr --json @e.json");
    expect((await json("e.json")).summary.psnr.input.mean).toBe("Infinity");
    expect(out).toMatch(/psnr \(dB\) +inf +inf +0\.000/);
  });
});

describe("--report", () => {
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

  pageTest("writes a page with the numbers and crops at 100 %, which opens offline", async () => {
    const line = "evaluate --model @identity --data @data --metric psnr --report @new/page.html --json @page.json";
    const { code, out } = await unblur(line);
    expect(code).toBe(0);
    const page = await readFile(at("new/page.html"), "utf8");
    const inputs = await Promise.all([0, 1, 2, 3].map(async (i) => naivePsnr(...(await pair(i)))));
    expect(page).toContain(mean(inputs).toFixed(3));
    expect(page).toContain("psnr-registered, dB");
    expect(out).toContain("psnr-registered (dB)");
    expect(page).toContain(`<code>${(await json("page.json")).command}</code>`);
    // Equal gains keep the order of the data. Of a picture of 48x40 px the crop is all; WebP is lossy.
    const [first] = page.match(/data:image\/webp;base64,[^"]+/) as [string];
    const decoded = await sharp(Buffer.from(first.split(",")[1]!, "base64"))
      .removeAlpha()
      .raw()
      .toBuffer();
    const [blurry] = await pair(0);
    expect(mean([...decoded].map((value, i) => Math.abs(value - blurry.data[i]!)))).toBeLessThan(6);
    const facts = await openPage(at("new/page.html"));
    expect(facts).toMatchObject({ errors: [], requests: [], broken: 0, pictures: 12, plots: 1, emptyPlots: 0 });
    expect((await openPage(at("new/page.html"), { width: 420 })).overflowPx).toBeLessThanOrEqual(0);
  });

  test("is refused before the work where it cannot be written", async () => {
    const { code, err } = await unblur("evaluate --model @identity --data @data --report @data/sharp");
    expect(err).toMatch(/sharp: it is a folder; choose another name for the file/);
    expect([code, err.includes("1 of 4")]).toEqual([1, false]);
  });
});

describe("what goes wrong", () => {
  beforeAll(async () => {
    await writeWavePairs(at("bad"), 3);
    await writeFile(at("bad", "blur", "1.png"), "no picture");
    const small = { width: 5, height: 4, channels: 3, data: Uint8Array.from(Rng.fromSeed(1).words(60)) } as const;
    for (const part of ["blur", "sharp"])
      await writeImage(at("bad", part, "9.png"), { raster: small, format: "png", metadata: {} });
  });

  test("unusable pairs are named and counted, and change the exit code", async () => {
    const { code, out, err } = await unblur("evaluate --model @identity --data @bad --crop 16 --json @bad.json");
    expect(code).toBe(1);
    expect(out).toMatch(/^identity, .*; 2 crops of 16 px from 2 photos\n/);
    expect(err).toMatch(/left out: .*1\.png/);
    expect(err).toMatch(/left out: 9: expected at least 16x16 pixels/);
    expect((await json("bad.json")).leftOut.length).toBe(2);
  });
  test("or they end it, with the results so far", async () => {
    const { code, out, err } = await unblur(
      "evaluate --model @identity --data @bad --on-bad-file refuse --metric psnr",
    );
    expect([code, out]).toEqual([1, ""]);
    expect(err).toMatch(/ended early, after 1 photo:\nmetric .*\npsnr .*\n(.*\n)*error: .*1\.png/);
  });
  test("Ctrl-C ends it with 130", async () => {
    const stop = new AbortController();
    const line = "evaluate --model @identity --data @data --json @stopped.json";
    const { code, out } = await unblur(line, stop.signal, () => stop.abort()); // at the first sign of progress
    expect([code, out]).toEqual([130, ""]);
    expect(await readdir(folder)).not.toContain("stopped.json");
  });
  test.each([
    ["no data", "evaluate --model @identity", 2, /--data DIR is missing/],
    ["crops without a size", "evaluate --data @data --crops-per-image 3", 2, /--crops-per-image needs --crop PX/],
    ["windows without a size", "evaluate --data @data --pooling local", 2, /--pooling local needs --train-px PX/],
    ["a size without windows", "evaluate --data @data --train-px 64", 2, /--train-px needs --pooling local/],
    [
      "pooling for a network without means",
      "evaluate --data @data --model @identity --pooling global",
      1,
      /got residual-unet/,
    ],
    [
      "a sampler that does not exist",
      "evaluate --data @data --sampler fast",
      2,
      /sampler: expected one of ancestral, ddim/,
    ],
    ["a metric that does not exist", "evaluate --data @data --metric lpips", 2, /--metric: expected one of psnr, ssim/],
    ["a model that does not exist", "evaluate --data @data --model none", 2, /model "none": expected one of/],
    ["data that does not exist", "evaluate --data @none --model @identity", 1, /none: expected a folder/],
    ["photos without partners", "evaluate --data @data --layout photos --model @identity", 1, /expected pairs/],
    ["only bad pairs", "evaluate --data @data --model @identity --crop 500", 1, /none of its pairs/],
    [
      "JSON under a file",
      "evaluate --data @data --model @identity --json @data/sharp/0.png/r.json",
      1,
      /0\.png: expected a folder to write to, but ".*0\.png" is a file/,
    ],
    [
      "JSON under a folder's name",
      "evaluate --data @data --model @identity --json @data/sharp",
      1,
      /sharp: it is a folder; choose another name for the file/,
    ],
  ])("%s", async (_, line, expected, message) => {
    const { code, out, err } = await unblur(line);
    expect(err).toMatch(message);
    expect([code, out]).toEqual([expected, ""]);
  });
});
