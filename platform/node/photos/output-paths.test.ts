import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { filesOf, planOutputs } from "./output-paths.js";

let folder: string;
const at = (...parts: string[]) => join(folder, ...parts);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "unblur-paths-"));
  await mkdir(at("other"));
  await mkdir(at("odd.png"));
  await writeFile(at("a.jpg"), "");
  await writeFile(at("a.png"), "");
  await writeFile(at("other", "a.jpg"), "");
  await symlink(at("other"), at("link"));
});
afterAll(() => rm(folder, { recursive: true }));

const plan = (inputs: string[], options: Parameters<typeof planOutputs>[1] = {}) =>
  planOutputs(
    inputs.map((path) => ({ path, below: "" })),
    options,
  );
const plans = (...given: Parameters<typeof plan>) => plan(...given).plans;
const outputs = (...given: Parameters<typeof plan>) => plans(...given).flatMap(({ outputs }) => outputs);

test("beside the input, with its own ending", () => {
  expect(outputs([at("a.jpg"), at("x.y.PNG"), at("photo"), "b.webp"])).toEqual([
    at("a.unblurred.jpg"),
    at("x.y.unblurred.PNG"),
    at("photo.unblurred"),
    "b.unblurred.webp",
  ]);
});

test("a folder, existing or not, even with a name like a picture's", () => {
  expect(outputs([at("a.jpg"), at("a.png")], { out: at("new") })).toEqual([at("new", "a.jpg"), at("new", "a.png")]);
  expect(outputs([at("a.jpg")], { out: at("odd.png") })).toEqual([at("odd.png", "a.jpg")]);
  expect(outputs([at("a.jpg")], { out: `${at("new.png")}/` })).toEqual([at("new.png", "a.jpg")]);
});

test("a file determines the format; numbers distinguish samples", () => {
  expect(plans([at("a.jpg")], { out: at("b.png"), samples: 2 })).toEqual([
    { input: at("a.jpg"), outputs: [at("b.1.png"), at("b.2.png")], format: "png", summary: null, kernels: null },
  ]);
  expect(outputs([at("a.jpg")], { samples: 2 })).toEqual([at("a.unblurred.1.jpg"), at("a.unblurred.2.jpg")]);
  expect(plans([at("a.jpg")])[0]!.format).toBeNull();
});

test("the summary of several samples is written beside them, under its own names", () => {
  const [made] = plans([at("a.jpg")], { samples: 2, summary: true });
  expect(made!.summary).toEqual({
    mean: at("a.unblurred.mean.jpg"),
    uncertainty: at("a.unblurred.uncertainty.png"),
    deviation: at("a.unblurred.uncertainty.tiff"),
    contact: at("a.unblurred.samples.png"),
    sheet: at("a.unblurred.samples.html"),
  });
  expect(plans([at("a.jpg")], { summary: true })[0]!.summary).toBeNull();
  const [checked] = plans([at("a.jpg")], { check: true });
  expect(checked!.kernels).toBe(at("a.unblurred.kernels.png"));
  expect(filesOf(checked!)).toEqual(
    ["a.unblurred.jpg", "a.unblurred.kernels.png", "a.unblurred.kernels.json"].map((name) => at(name)),
  );
  const kernels = at("a.unblurred.kernels.png");
  expect(plan([at("a.jpg"), kernels], { check: true }).refused[0]!.error.message).toMatch(/would overwrite the input/);
});

test("an output that would overwrite an input is refused, also through links; other photos are not", () => {
  const refused = (inputs: string[], out?: string) => {
    const planned = plan(inputs, { out });
    expect(planned.plans.length + planned.refused.length).toBe(inputs.length);
    return planned.refused.map(({ input, error }) => `${input} ${error.code} ${error.message}`).join("\n") || "nothing";
  };
  expect(refused([at("a.jpg")], at("a.jpg"))).toMatch(/a\.jpg argument .*would overwrite the input/);
  expect(refused([at("a.jpg")], folder)).toMatch(/would overwrite the input/);
  expect(refused([at("link", "a.jpg")], at("other"))).toMatch(/would overwrite the input/);
  expect(refused([at("a.jpg"), at("a.unblurred.jpg")])).toMatch(
    /^\S+\/a\.jpg argument .*would overwrite the input[^\n]*$/,
  );
  expect(refused([at("a.jpg"), at("other", "a.jpg")], at("new"))).toBe("nothing");
  expect(() => refused([at("a.jpg"), at("a.png")], at("c.png"))).toThrow(/expected a folder/);
  expect(refused([at("a.jpg"), at("other", "a.jpg")])).toBe("nothing");
});

test("photos found in folders keep their subfolders in the output folder", () => {
  const found = [
    { path: at("trip", "day 1", "a.jpg"), below: "day 1" },
    { path: at("trip", "a.jpg"), below: "" },
  ];
  expect(planOutputs(found, { out: at("new") }).plans.map(({ outputs }) => outputs[0])).toEqual([
    at("new", "day 1", "a.jpg"),
    at("new", "a.jpg"),
  ]);
  expect(planOutputs(found).plans.map(({ outputs }) => outputs[0])).toEqual([
    at("trip", "day 1", "a.unblurred.jpg"),
    at("trip", "a.unblurred.jpg"),
  ]);
});

test("a format determines the ending; HEIC becomes JPEG, in any spelling", () => {
  expect(plans([at("a.jpg"), at("b.JPEG"), at("c.tif")], { format: "jpeg" }).map(({ outputs }) => outputs[0])).toEqual([
    at("a.unblurred.jpg"),
    at("b.unblurred.JPEG"),
    at("c.unblurred.jpg"),
  ]);
  expect(plans([at("IMG_1.HEIC")])[0]).toMatchObject({ outputs: [at("IMG_1.unblurred.jpg")], format: "jpeg" });
  expect(outputs([at("IMG_1.heic")], { out: at("new"), format: "avif" })).toEqual([at("new", "IMG_1.avif")]);
  expect(() => plans([at("a.jpg")], { out: at("b.png"), format: "webp" })).toThrow(
    /expected a name of the format webp/,
  );
});

test("a name is cut to 255 bytes between characters", () => {
  const bytes = (path: string) => Buffer.byteLength(basename(path));
  for (const stem of ["a".repeat(251), "猫".repeat(83), "😀".repeat(62), "e\u0301".repeat(83)]) {
    const [made] = plans([at(`${stem}.jpg`)], { samples: 2, summary: true, check: true });
    for (const path of filesOf(made!)) {
      expect(bytes(path)).toBeLessThanOrEqual(255);
      expect(bytes(path)).toBeGreaterThan(248);
      expect(stem.startsWith(basename(path).split(".")[0]!)).toBe(true);
    }
    expect(new Set(filesOf(made!)).size).toBe(9);
    expect(outputs([at(`${stem}.jpg`)], { out: at("new") })).toEqual([at("new", `${stem}.jpg`)]);
  }
});

test("the ending of an unsupported output format is refused, unless it names a folder", () => {
  for (const name of ["x.bmp", "x.HEIC", "x.gif"])
    expect(() => plan([at("a.jpg")], { out: at(name) })).toThrow(
      /^out ".*": expected a name that ends in .png, .jpg, .webp, .avif, .tif, got \.\w+; for a folder .* write ".*\/"$/,
    );
  expect(outputs([at("a.jpg")], { out: at("x.bmp/") })).toEqual([at("x.bmp", "a.jpg")]);
  expect(outputs([at("a.jpg")], { out: at("results.v2") })).toEqual([at("results.v2", "a.jpg")]);
});

test("a file in the path of the output is detected before the work", () => {
  for (const out of ["a.png/", "a.png/x.png", "a.png/deep/er/"])
    expect(() => plan([at("a.jpg")], { out: at(out) })).toThrow(
      `: expected a folder to write to, but "${at("a.png")}" is a file; choose another`,
    );
});
