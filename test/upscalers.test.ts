/**
 * @file `unblur import esrgan-slim` from the npm package to the enlarged photo, against what TensorFlow.js 4.22 computes
 * with the package's model (`test/golden/upscalers`).
 */
import { join } from "node:path";
import { expect, test } from "vitest";
import { PACKAGED_CHECKPOINTS } from "../platform/node/models/packaged-checkpoint.js";
import { readImage } from "../platform/node/photos/image-file.js";
import { commandLine as unblur } from "./command-line.js";
import { cachedPackage, withPackage } from "./npm-package.js";

const GOLDEN = join(import.meta.dirname, "golden/upscalers");
const { package: NAME } = PACKAGED_CHECKPOINTS["esrgan-slim"];
const PACKAGE = cachedPackage("unblur-tests-upscalers", NAME);
const folder = withPackage("unblur-tests-upscalers", PACKAGED_CHECKPOINTS["esrgan-slim"], "models/x2/model.json");

test.each([2, 3])("by %i: within one level of TensorFlow.js", async (scale) => {
  const name = `esrgan-slim-x${scale}`;
  const imported = await unblur("import", "esrgan-slim", "--scale", String(scale), "--from", PACKAGE);
  expect(imported.err).not.toContain("error");
  expect(imported.code).toBe(0);
  expect(imported.out).toContain(`deblur, then enlarge: unblur photo.jpg --model default+${name}`);
  const out = join(folder(), `${name}.png`);
  const photo = join(GOLDEN, "photo.png");
  expect(await unblur(photo, "--model", name, "--no-keep-tone", "--out", out)).toMatchObject({ code: 0 });
  const [ours, theirs] = [await readImage(out), await readImage(join(GOLDEN, `${name}.png`))];
  expect([ours.raster.width, ours.raster.height]).toEqual([40 * scale, 28 * scale]);
  const differences = Array.from(ours.raster.data, (value, i) => Math.abs(value - theirs.raster.data[i]!));
  expect(differences.length).toBe(3 * 40 * 28 * scale ** 2);
  expect(Math.max(...differences)).toBeLessThanOrEqual(1);
});

test("options of other packages, other scales and a missing package are refused in a sentence", async () => {
  const refusal = async (...options: string[]) => (await unblur("import", ...options)).err;
  expect(await refusal("esrgan-slim", "--stages", "1", "--from", PACKAGE)).toMatch(
    /--stages does not apply to esrgan-slim/,
  );
  expect(await refusal("maxim", "--scale", "2", "--from", PACKAGE)).toMatch(/--scale does not apply to maxim/);
  expect(await refusal("esrgan-slim", "--scale", "5", "--from", PACKAGE)).toMatch(/enlarges by 2, 3, 4, 8/);
  expect(await refusal("esrgan-thick", "--from", folder())).toMatch(
    /expected the npm package @upscalerjs\/esrgan-thick in .*npm install --legacy-peer-deps @upscalerjs\/esrgan-thick@1.0.0 \(117 MB\)/,
  );
  // The model of another package: its tensors do not fit.
  expect(await refusal("esrgan-medium", "--from", join(PACKAGE, "models/x2"))).toMatch(
    /expected \[3,3,64,64\], got \[3,3,64,4\]/,
  );
});
