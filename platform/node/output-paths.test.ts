import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
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

const outputs = (inputs: string[], options: Parameters<typeof planOutputs>[1] = {}) =>
  planOutputs(inputs, options).flatMap(({ outputs }) => outputs);

test("beside the input, with its own ending", () => {
  expect(outputs([at("a.jpg"), at("x.y.PNG"), at("photo"), "b.webp"])).toEqual([
    at("a.unblurred.jpg"),
    at("x.y.unblurred.PNG"),
    at("photo.unblurred"),
    "b.unblurred.webp",
  ]);
});

test("a folder, there or not, even if it is called like a picture", () => {
  expect(outputs([at("a.jpg"), at("a.png")], { out: at("new") })).toEqual([at("new", "a.jpg"), at("new", "a.png")]);
  expect(outputs([at("a.jpg")], { out: at("odd.png") })).toEqual([at("odd.png", "a.jpg")]);
  expect(outputs([at("a.jpg")], { out: `${at("new.png")}/` })).toEqual([at("new.png", "a.jpg")]);
});

test("a file decides the format; numbers tell samples apart", () => {
  expect(planOutputs([at("a.jpg")], { out: at("b.png"), samples: 2 })).toEqual([
    { input: at("a.jpg"), outputs: [at("b.1.png"), at("b.2.png")], format: "png", summary: null, kernels: null },
  ]);
  expect(outputs([at("a.jpg")], { samples: 2 })).toEqual([at("a.unblurred.1.jpg"), at("a.unblurred.2.jpg")]);
  expect(planOutputs([at("a.jpg")])[0]!.format).toBeNull();
});

test("what several samples say together lies beside them, under names of its own", () => {
  const [plan] = planOutputs([at("a.jpg")], { samples: 2, summary: true });
  expect(plan!.summary).toEqual({
    mean: at("a.unblurred.mean.jpg"),
    uncertainty: at("a.unblurred.uncertainty.png"),
    deviation: at("a.unblurred.uncertainty.tiff"),
    contact: at("a.unblurred.samples.png"),
    sheet: at("a.unblurred.samples.html"),
  });
  expect(planOutputs([at("a.jpg")], { summary: true })[0]!.summary).toBeNull();
  const [checked] = planOutputs([at("a.jpg")], { check: true });
  expect(checked!.kernels).toBe(at("a.unblurred.kernels.png"));
  expect(filesOf(checked!)).toEqual([at("a.unblurred.jpg"), at("a.unblurred.kernels.png")]);
  const kernels = at("a.unblurred.kernels.png");
  expect(() => planOutputs([at("a.jpg"), kernels], { check: true })).toThrow(/would overwrite the input/);
});

test("what would be lost is refused, links and all", () => {
  const refused = (inputs: string[], out?: string) => {
    try {
      planOutputs(inputs, { out });
      return "nothing";
    } catch (error) {
      return (error as Error & { code: string }).code + (error as Error).message;
    }
  };
  expect(refused([at("a.jpg")], at("a.jpg"))).toMatch(/^argument.*would overwrite the input/);
  expect(refused([at("a.jpg")], folder)).toMatch(/would overwrite the input/);
  expect(refused([at("link", "a.jpg")], at("other"))).toMatch(/would overwrite the input/);
  expect(refused([at("a.jpg"), at("a.unblurred.jpg")])).toMatch(/would overwrite the input/);
  expect(refused([at("a.jpg"), at("other", "a.jpg")], at("new"))).toMatch(/both be written/);
  expect(refused([at("b.jpg"), at("b.jpg")])).toMatch(/both be written/);
  expect(refused([at("a.jpg"), at("a.png")], at("c.png"))).toMatch(/expected a folder/);
  expect(refused([at("a.jpg"), at("other", "a.jpg")])).toBe("nothing");
});

test("an ending of a format that is not written is refused; a folder of that name is a folder", () => {
  for (const name of ["x.bmp", "x.HEIC", "x.gif"])
    expect(() => planOutputs([at("a.jpg")], { out: at(name) })).toThrow(
      /^out ".*": expected a name that ends in .png, .jpg, .webp, .avif, .tif, got \.\w+; for a folder .* write ".*\/"$/,
    );
  expect(outputs([at("a.jpg")], { out: at("x.bmp/") })).toEqual([at("x.bmp", "a.jpg")]);
  expect(outputs([at("a.jpg")], { out: at("results.v2") })).toEqual([at("results.v2", "a.jpg")]);
});

test("a file on the way to the output is found before the work", () => {
  for (const out of ["a.png/", "a.png/x.png", "a.png/deep/er/"])
    expect(() => planOutputs([at("a.jpg")], { out: at(out) })).toThrow(
      `: expected a folder to write to, but "${at("a.png")}" is a file; choose another`,
    );
});
