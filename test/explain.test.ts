/** @file `unblur explain` from end to end: its files, and its page in Chromium. */
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { COMMANDS } from "../apps/cli/catalog.js";
import { runProgram } from "../apps/cli/program.js";
import { readImage, writeImage } from "../platform/node/photos/image-file.js";
import { Rng } from "../src/base/random.js";
import { encodeWeights, MODEL_FILE, weightsFile } from "../src/exchange/model-files.js";
import { createNetwork } from "../src/networks/catalog.js";
import { modelConfigSchema } from "../src/restoration/model-config.js";
import { writeIdentityModel } from "./identity-model.js";
import { aliveWeights } from "./oracle/alive-weights.js";
import { openPage, openProfile, pageTest } from "./page.js";

const rng = Rng.fromSeed(4);
let folder: string;
const at = (name: string) => join(folder, name);

/** The paper's model, small. */
async function writeDiffusionModel(path: string): Promise<void> {
  const network = {
    architecture: "conditional-unet",
    width: 8,
    multipliers: [1, 2],
    groups: 4,
    blocksPerLevel: 1,
    dropout: 0,
  };
  const model = modelConfigSchema.parse({
    diffusion: { network, prediction: "eps", schedule: { kind: "linear", T: 2000, start: 1e-4, end: 0.05 } },
    sampling: { sampler: { kind: "ancestral" }, spacing: { kind: "trailing" }, steps: 5 },
  });
  const { parameters } = createNetwork(model.diffusion!.network);
  const weights = aliveWeights(parameters, { initial: rng.fork("w"), instead: rng.fork("b"), scale: 0.05 });
  await mkdir(path, { recursive: true });
  await writeFile(join(path, weightsFile("diffusion")), encodeWeights(parameters, weights, "F32", {}));
  const about = { format: "unblur model 1", name: "small paper", summary: "For tests.", license: "MIT", model };
  await writeFile(join(path, MODEL_FILE), JSON.stringify(about));
}

async function explain(args: readonly string[], signal = new AbortController().signal) {
  const [out, err]: [string[], string[]] = [[], []];
  const writer = (into: string[]) => ({ write: (text: string) => void into.push(text) });
  const program = { name: "unblur", version: "0", summary: "", commands: COMMANDS };
  const code = await runProgram(program, ["explain", ...args], { stdout: writer(out), stderr: writer(err), signal });
  return { code, out: out.join(""), err: err.join("") };
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "unblur-explain-"));
  const data = Uint8Array.from(rng.uniforms(3 * 40 * 24), (u) => 255 * u);
  const raster = { width: 40, height: 24, channels: 3 as const, data };
  await writeImage(at("blurry.png"), { raster, format: "png", metadata: {} });
  await writeImage(at("sharp.png"), {
    raster: { ...raster, data: data.map((v) => 255 - v) },
    format: "png",
    metadata: {},
  });
  await writeDiffusionModel(at("paper"));
  await writeIdentityModel(at("identity"));
});
afterAll(() => rm(folder, { recursive: true }));

pageTest(
  "a diffusion: page, numbers, table and strip; the slider moves all three pictures, comparison shows the two chosen",
  async () => {
    const { code, out, err } = await explain([
      at("blurry.png"),
      "--sharp",
      at("sharp.png"),
      "--model",
      at("paper"),
      "--out",
      at("a"),
      "--threads",
      "1",
    ]);
    expect(err).not.toContain("error");
    expect(code).toBe(0);
    expect(
      out
        .trim()
        .split("\n")
        .map((path) => path.slice(at("a").length + 1)),
    ).toEqual(["explain.html", "explain.csv", "explain.json", "explain-steps.png"]);
    const facts = await openPage(at("a/explain.html"));
    expect(facts).toMatchObject({ errors: [], requests: [], broken: 0, emptyPlots: 0 });
    expect(facts.overflowPx).toBeLessThanOrEqual(0);
    expect((await openPage(at("a/explain.html"), { width: 420 })).overflowPx).toBeLessThanOrEqual(0);

    const numbers = JSON.parse(await readFile(at("a/explain.json"), "utf8"));
    expect(numbers.steps.map(({ index }: { index: number }) => index)).toEqual([0, 1, 2, 3, 4]);
    expect((await readFile(at("a/explain.csv"), "utf8")).trim().split("\r\n")).toHaveLength(6);
    const { raster } = await readImage(at("a/explain-steps.png"));
    expect([raster.width, raster.height]).toEqual([5 * 44 - 4, 3 * 28 - 4]);

    const profile = await openProfile();
    try {
      const page = await profile.newPage();
      await page.goto(pathToFileURL(at("a/explain.html")).href);
      const shown = () => page.$$eval("[data-scrub] img:not([hidden])", (images) => images.map(({ id }) => id));
      expect(await shown()).toEqual(["xt-4", "estimate-4", "change-4"]);
      await page.focus("[data-scrub] input");
      await page.keyboard.press("ArrowLeft");
      expect(await shown()).toEqual(["xt-3", "estimate-3", "change-3"]);
      expect(await page.textContent("[data-scrub] output")).toContain("Step 4 of 5");
      await page.keyboard.press("Home");
      expect(await shown()).toEqual(["xt-0", "estimate-0", "change-0"]);
      await page.selectOption("[data-compare] select >> nth=1", "estimate-2");
      const same = `document.querySelectorAll("[data-compare] .stage img")[1].src === document.getElementById("estimate-2").src`;
      expect(await page.evaluate(same)).toBe(true);
      expect(await page.getByText("linear attention at 40 x 24 positions").count()).toBe(1);
      for (const position of ["For the position in the middle", "Upper left", "Lower right"])
        expect(await page.locator("figcaption", { hasText: position }).count()).toBeGreaterThan(0);
    } finally {
      await profile.close();
    }
  },
);

pageTest("a prediction alone: no steps, and a part of the photo", async () => {
  const args = [at("blurry.png"), "--model", at("identity"), "--crop", "4,2,16,16", "--out", at("b"), "--threads", "1"];
  expect((await explain(args)).code).toBe(0);
  expect(existsSync(at("b/explain-steps.png"))).toBe(false);
  const facts = await openPage(at("b/explain.html"));
  expect(facts).toMatchObject({ errors: [], requests: [], broken: 0, emptyPlots: 0 });
  expect(await readFile(at("b/explain.html"), "utf8")).toContain("Only a part of the photo was restored: 16 x 16");
});

test("what cannot be explained is said before work, and nothing is left of a cancelled run", async () => {
  const run = (...more: string[]) => explain([at("blurry.png"), "--model", at("paper"), "--out", at("c"), ...more]);
  expect(await run("--crop", "1,2,3")).toMatchObject({ code: 2, err: expect.stringContaining("x,y,width,height") });
  expect(await run("--crop", "30,0,40,8")).toMatchObject({ code: 2, err: expect.stringContaining("inside 40x24") });
  await writeImage(at("other.png"), {
    raster: { width: 9, height: 9, channels: 1, data: new Uint8Array(81) },
    format: "png",
    metadata: {},
  });
  expect(await run("--sharp", at("other.png"))).toMatchObject({ code: 2, err: expect.stringContaining("40 x 24") });
  const cancelled = await explain([at("blurry.png"), "--model", at("paper"), "--out", at("c")], AbortSignal.abort());
  expect(cancelled.code).toBe(130);
  await expect(stat(at("c"))).rejects.toThrow();
});
