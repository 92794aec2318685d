import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
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
  expect([kernel.width, kernel.height, kernel.data[3 * 12], kernel.data[0]]).toEqual([24, 8, 255, 128]);
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
  expect((await unblur(at("a.png"), at("paper/sharp/a.png"), "--out", at("none"))).code).toBe(2);
  expect(existsSync(at("none"))).toBe(false);
});

test("a moving scene has no kernel picture", async () => {
  const scene = JSON.stringify({
    kernels: [{ kind: "none" }],
    scene: { probability: 1, lengthPx: [2, 4], gradientPx: [0, 1] },
  });
  expect((await unblur(at("a.png"), "--out", at("scene"), "--recipe", scene)).code).toBe(0);
  expect([existsSync(at("scene/blur/a.png")), existsSync(at("scene/kernels"))]).toEqual([true, false]);
});
