import { existsSync } from "node:fs";
import { copyFile, cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readRgb, writeImage } from "../../../platform/node/photos/image-file.js";
import { Rng } from "../../../src/base/random.js";
import { commandLine } from "../../../test/command-line.js";

let folder: string;
const at = (...parts: string[]) => join(folder, ...parts);
const [WIDTH, HEIGHT] = [40, 30];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "unblur-blur-"));
  for (const [i, name] of ["a", "b"].entries()) {
    const data = Uint8Array.from(Rng.fromSeed(i).uniforms(3 * WIDTH * HEIGHT), (u) => Math.floor(256 * u));
    const raster = { width: WIDTH, height: HEIGHT, channels: 3 as const, data };
    await writeImage(at(`${name}.png`), { raster, format: "png", metadata: {} });
  }
});
afterAll(() => rm(folder, { recursive: true }));

const unblur = (...args: string[]) => commandLine("blur", ...args);
const given = JSON.stringify({
  kernels: [{ kind: "given", rows: [[1, 2, 1]] }],
  light: [{ curve: "encoded" }],
});

test("a given kernel: the pixels computed by hand, cropped to those with all neighbours", async () => {
  const { code, out } = await unblur(at("a.png"), "--out", at("paper"), "--recipe", given);
  expect({ code, out }).toEqual({ code: 0, out: `${at("paper", "blur", "a.png")}\n` });
  const [whole, blurry, sharp] = await Promise.all(
    [at("a.png"), at("paper/blur/a.png"), at("paper/sharp/a.png")].map((path) => readRgb(path)),
  );
  expect([blurry!.width, blurry!.height, sharp!.width]).toEqual([WIDTH - 2, HEIGHT - 2, WIDTH - 2]);
  for (let y = 0; y < HEIGHT - 2; y++)
    for (let x = 0; x < WIDTH - 2; x++)
      for (let c = 0; c < 3; c++) {
        const source = (dx: number) => whole!.data[3 * ((y + 1) * WIDTH + x + 1 + dx) + c]!;
        const i = 3 * (y * (WIDTH - 2) + x) + c;
        expect(sharp!.data[i]).toBe(source(0));
        expect(Math.abs(blurry!.data[i]! - (source(-1) + 2 * source(0) + source(1)) / 4)).toBeLessThanOrEqual(0.501);
      }
  const kernel = await readRgb(at("paper/kernels/a.png"));
  expect([kernel.width, kernel.height, kernel.data[3], kernel.data[0]]).toEqual([3, 1, 255, 128]);
});

test("the pairs suit unblur evaluate; a seed gives equal blurs whatever else is blurred, another seed other blurs", async () => {
  const shake = JSON.stringify({ kernels: [{ kind: "camera-shake", lengthPx: [4, 9] }] });
  const run = async (out: string, ...args: string[]) => {
    expect((await unblur(...args, "--out", at(out), "--recipe", shake, "--times", "2")).code).toBe(0);
    return readFile(at(out, "blur", "b.2.png"));
  };
  const both = await run("both", at("a.png"), at("b.png"));
  expect(await run("one", at("b.png"))).toEqual(both);
  expect(await run("other", at("b.png"), "--seed", "1")).not.toEqual(both);
  const { photos, seed } = JSON.parse(await readFile(at("both/blur.json"), "utf8"));
  expect([seed, photos.map(({ name }: { name: string }) => name)]).toEqual([0, ["a.1", "a.2", "b.1", "b.2"]]);
  const { code, out } = await commandLine("evaluate", "--data", at("both"), "--metric", "psnr", "--steps", "0");
  expect([code, out]).toEqual([0, expect.stringContaining("4 photos")]);
});

test("after a failure the other photos are done, and no partial files remain", async () => {
  await writeFile(at("broken.png"), "no picture");
  const { code, err } = await unblur(at("broken.png"), at("a.png"), "--out", at("some"), "--recipe", given);
  expect([code, existsSync(at("some/blur/a.png")), existsSync(at("some/blur/broken.png"))]).toEqual([1, true, false]);
  expect(err).toContain("broken.png");
  const large = JSON.stringify({ kernels: [{ kind: "linear", lengthPx: [60, 80] }] });
  expect((await unblur(at("a.png"), "--out", at("none"), "--recipe", large)).err).toMatch(/takes \d+ px at each side/);
  expect((await unblur(at("a.png"), "--out", at("none"), "--recipe", '{"kernels": []}')).err).toMatch(/--recipe/);
  expect(existsSync(at("none"))).toBe(false);
});

test("photos that would give one name are all blurred, under names of their own", async () => {
  await mkdir(at("names/x"), { recursive: true });
  for (const name of ["names/c.png", "names/d.jpg", "names/x/c.png"])
    await writeImage(at(name), {
      ...{ raster: await readRgb(at("a.png")), metadata: {} },
      format: name.endsWith("jpg") ? "jpeg" : "png",
    });
  await copyFile(at("names/c.png"), at("names/d.png"));
  const photos = ["names/c.png", "names/x/c.png", "names/d.jpg", "names/d.png"].map((name) => at(name));
  const { code, out } = await unblur(...photos, "--out", at("apart"), "--recipe", given);
  expect(code).toBe(0);
  expect(out.trim().split("\n")).toEqual(
    ["c.png", "c-2.png", "d.jpg.png", "d.png.png"].map((name) => at("apart", "blur", name)),
  );
});

test("a recipe that an editor wrote with a byte-order mark is read", async () => {
  await writeFile(at("marked.json"), `\uFEFF${given}`);
  const { code } = await unblur(at("a.png"), "--out", at("marked"), "--recipe", at("marked.json"));
  expect(code).toBe(0);
});

test("a moving scene has no kernel picture", async () => {
  const scene = JSON.stringify({
    kernels: [{ kind: "none" }],
    scene: { probability: 1, lengthPx: [2, 4], gradientPx: [0, 1] },
  });
  expect((await unblur(at("a.png"), "--out", at("scene"), "--recipe", scene)).code).toBe(0);
  expect([existsSync(at("scene/blur/a.png")), existsSync(at("scene/kernels"))]).toEqual([true, false]);
});

describe("a generator that learned to blur", () => {
  /** The run's folder. */
  let run: string;
  const SIDE = 32;

  beforeAll(async () => {
    const config = JSON.parse(await readFile("configs/gan/blur-tiny.json", "utf8"));
    for (const [i, name] of ["sharp/1", "sharp/2", "blurred/3"].entries()) {
      const data = Uint8Array.from(Rng.fromSeed(i).uniforms(3 * 40 * 40), (u) => Math.floor(256 * u));
      await mkdir(at("unpaired", name, ".."), { recursive: true });
      const raster = { width: 40, height: 40, channels: 3 as const, data };
      await writeImage(at("unpaired", `${name}.png`), { raster, format: "png", metadata: {} });
    }
    const small = {
      ...{ ...config, name: "blurs", steps: 2, batchSize: 2, samplesEvery: 2, data: { ...config.data, patchPx: SIDE } },
      data: {
        ...{ ...config.data, patchPx: SIDE },
        sources: [{ layout: "unpaired", path: "sharp", blurredPath: "blurred" }],
      },
      learningRate: { ...config.learningRate, peak: 0.05 }, // moves pixels by more than a level in two steps
      model: { blur: { network: { ...config.model.blur.network, width: 4 } } },
    };
    await writeFile(at("blurs.json"), JSON.stringify(small));
    const trained = await commandLine(
      ...["train", "--config", at("blurs.json"), "--data", at("unpaired"), "--out", at("runs"), "--threads", "1"],
    );
    expect(trained.code, trained.err).toBe(0);
    run = trained.out.trim();
  });

  test("its run logs both losses, and shows the sharp patch, what it makes of it, and a really blurred one", async () => {
    const [first] = (await readFile(join(run, "metrics.jsonl"), "utf8")).split("\n");
    const { loss, contentLoss, adversarialLoss, discriminatorLoss } = JSON.parse(first!) as Record<string, number>;
    expect(loss).toBeCloseTo(contentLoss! + 0.02 * adversarialLoss!, 5);
    expect(discriminatorLoss).toBeGreaterThan(0);
    const sheet = await readRgb(join(run, "samples", "step-00000002.png"));
    expect([sheet.width, sheet.height]).toEqual([3 * SIDE, 2 * SIDE]);
  });

  test("makes pairs of the photos' sizes: the photo itself, and a blur for each seed and name", async () => {
    const made = async (out: string, ...args: string[]) => {
      const { code, err } = await unblur(...args, "--out", at(out), "--model", run, "--times", "2");
      expect(code, err).toBe(0);
      return readRgb(at(out, "blur", "b.2.png"));
    };
    const both = await made("learned", at("a.png"), at("b.png"));
    const sharp = await readRgb(at("learned/sharp/b.2.png"));
    expect(Buffer.from(sharp.data).equals(Buffer.from((await readRgb(at("b.png"))).data))).toBe(true);
    expect([both.width, both.height]).toEqual([WIDTH, HEIGHT]);
    const differs = (other: typeof both) => !Buffer.from(other.data).equals(Buffer.from(both.data));
    expect(differs(sharp)).toBe(true);
    expect(differs(await made("alone", at("b.png"), "--threads", "1"))).toBe(false);
    expect(differs(await made("reseeded", at("b.png"), "--seed", "1"))).toBe(true);
    expect(differs(await readRgb(at("learned/blur/b.1.png")))).toBe(true);
    const { model, seed, photos } = JSON.parse(await readFile(at("learned/blur.json"), "utf8"));
    expect([model, seed, photos.length, photos[0].kernel]).toEqual(["blurs", 0, 4, null]);
    expect(existsSync(at("learned/kernels"))).toBe(false);
    const measured = await commandLine("evaluate", "--data", at("learned"), "--metric", "psnr", "--steps", "0");
    expect([measured.code, measured.out]).toEqual([0, expect.stringContaining("4 photos")]);
  });

  test("what cannot be done is refused in words, and nothing is written", async () => {
    const refused = async (...args: string[]) => {
      const { code, err } = await commandLine(...args);
      expect(code).toBeGreaterThan(0);
      return err;
    };
    const out = ["--out", at("nothing")];
    expect(await refused("blur", at("a.png"), ...out, "--model", "default")).toMatch(
      /learned to blur.*restores photos/,
    );
    expect(await refused("blur", at("a.png"), ...out, "--model", run, "--recipe", given)).toMatch(
      /leave one of them out/,
    );
    expect(await refused("blur", at("a.png"), ...out, "--threads", "1")).toMatch(/--threads needs --model/);
    expect(await refused(at("a.png"), ...out, "--model", run)).toMatch(
      /this one blurs sharp ones.*unblur blur --model/,
    );
    await cp(run, at("untrained"), { recursive: true });
    const checkpoints = (await readdir(at("untrained"), { recursive: true })).filter((name) =>
      /safetensors/.test(name),
    );
    for (const name of checkpoints) await rm(at("untrained", name));
    expect(checkpoints.length).toBeGreaterThan(0);
    expect(await refused("blur", at("a.png"), ...out, "--model", at("untrained"))).toContain(
      `${at("untrained")}: the run has no checkpoint; train it until it writes one`,
    );
    expect(await refused("export", run, ...out)).toMatch(
      /export: expected a model with a network that restores; this one blurs/,
    );
    const about = ["--name", "mine", "--summary", "s", "--license", "MIT"];
    expect(await refused("pack", ...out, ...about, "--predictor", run)).toMatch(
      /expected a model that restores photos/,
    );
    expect(existsSync(at("nothing"))).toBe(false);
  });
});
