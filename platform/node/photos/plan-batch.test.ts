import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { pixelsOfFile } from "./picture-size.js";
import { type BatchOptions, planBatch } from "./plan-batch.js";

let folder: string;
const at = (...parts: string[]) => join(folder, ...parts);

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "unblur-batch-"));
});
afterEach(() => rm(folder, { recursive: true }));

async function make(...names: string[]): Promise<void> {
  for (const name of names) {
    await mkdir(dirname(at(name)), { recursive: true });
    await writeFile(at(name), "");
  }
}

/** "a.jpg > a.unblurred.jpg" for each photo, in their order. */
async function planned(inputs: string[], options: BatchOptions = {}) {
  const { plans, renamed, skipped, refused, others } = await planBatch(
    inputs.map((name) => at(name)),
    options,
  );
  const short = (path: string) => relative(folder, path);
  return {
    photos: plans.map(({ input, outputs }) => `${short(input)} > ${outputs.map(short).join(" ")}`),
    renamed: renamed.map(({ outputs: [first] }) => short(first!)),
    skipped: skipped.map(({ input, why }) => `${short(input)} ${why}`),
    refused: refused.map(({ input, error }) => `${short(input)} ${error.message.replaceAll(`${folder}/`, "")}`),
    others: Object.fromEntries(others),
  };
}

describe("folders", () => {
  test("are searched recursively; other files are counted, hidden ones ignored", async () => {
    await make(
      "trip/b.jpg",
      "trip/a.PNG",
      "trip/day 2/x.heic",
      "trip/day 2/film.mov",
      "trip/Thumbs.db",
      "trip/.DS_Store",
    );
    await make("trip/.trash/old.jpg", "trip/notes.txt", "trip/more.txt");
    expect(await planned(["trip"], { out: at("sharp") })).toEqual({
      photos: ["trip/a.PNG > sharp/a.PNG", "trip/b.jpg > sharp/b.jpg", "trip/day 2/x.heic > sharp/day 2/x.jpg"],
      ...{ renamed: [], skipped: [], refused: [] },
      others: { ".mov": 1, ".db": 1, ".txt": 2 },
    });
  });

  test("several folders keep their names; a photo that is named twice is restored once", async () => {
    await make("a/1.jpg", "b/1.jpg");
    const { photos, skipped } = await planned(["a", "b", "a/1.jpg", "b/../b/1.jpg"], { out: at("sharp") });
    expect(photos).toEqual(["a/1.jpg > sharp/a/1.jpg", "b/1.jpg > sharp/b/1.jpg"]);
    expect(skipped).toEqual(["a/1.jpg named twice", "b/1.jpg named twice"]);
  });

  test("that contain the output folder, or circular links", async () => {
    await make("trip/a.jpg", "trip/sharp/a.jpg", "elsewhere/c.jpg");
    await symlink(at("trip"), at("trip/again"));
    await symlink(at("elsewhere/c.jpg"), at("trip/b.jpg"));
    await symlink(at("nowhere"), at("trip/dead.jpg"));
    const { photos, refused } = await planned(["trip"], { out: at("trip", "sharp"), overwrite: true });
    expect(photos).toEqual(["trip/a.jpg > trip/sharp/a.jpg", "trip/b.jpg > trip/sharp/b.jpg"]);
    expect(refused).toEqual([]);
  });

  test("without pictures, or unreadable, are refused; the others are not", async () => {
    await make("empty/notes.txt", "locked/a.jpg", "c.jpg");
    await chmod(at("locked"), 0o000);
    const { photos, refused } = await planned(["empty", "locked", "c.jpg"]);
    await chmod(at("locked"), 0o755);
    expect(photos).toContain("c.jpg > c.unblurred.jpg");
    expect(refused[0]).toMatch(/^empty empty: expected a folder with PNG, .* pictures, found none/);
    // The superuser reads everything.
    if (process.getuid?.() !== 0) expect(refused[1]).toMatch(/^locked locked: the folder is not readable/);
  });
});

test("a second run finds nothing to do, also when it names the outputs", async () => {
  await make("a.jpg", "b.png", "a.unblurred.jpg", "b.unblurred.1.png", "b.unblurred.uncertainty.tiff", "c.webp");
  const all = ["a.jpg", "a.unblurred.jpg", "b.png", "b.unblurred.1.png", "b.unblurred.uncertainty.tiff", "c.webp"];
  const second = await planned(all, { skipExisting: true });
  expect(second.photos).toEqual(["b.png > b.unblurred.png", "c.webp > c.unblurred.webp"]);
  expect(second.skipped).toEqual([
    "a.unblurred.jpg made by unblur",
    "b.unblurred.1.png made by unblur",
    "b.unblurred.uncertainty.tiff made by unblur",
    "a.jpg has its outputs",
  ]);
  const plain = await planned(all);
  expect(plain.photos).toEqual(second.photos);
  expect(plain.refused).toEqual([expect.stringMatching(/^a\.jpg a\.unblurred\.jpg: it already exists/)]);
  expect((await planned(all, { overwrite: true })).photos).toContain("a.jpg > a.unblurred.jpg");
  // An output named alone is restored.
  expect((await planned(["a.unblurred.jpg"])).photos).toEqual(["a.unblurred.jpg > a.unblurred.unblurred.jpg"]);
});

test("a photo counts as done if all its outputs exist, not some", async () => {
  await make("a.jpg", "a.unblurred.1.jpg");
  const { photos, refused } = await planned(["a.jpg"], { samples: 2, skipExisting: true });
  expect(photos).toEqual([]);
  expect(refused[0]).toContain("a.unblurred.1.jpg: it already exists");
});

describe("photos whose outputs would have one name", () => {
  test("keep their endings in one folder, whatever their order, and are found again by the next run", async () => {
    await make("IMG_1.jpg", "IMG_1.heic", "IMG_2.heic", "IMG_3.heic", "IMG_3.png");
    const expected = [
      "IMG_1.heic > IMG_1.heic.unblurred.jpg",
      "IMG_1.jpg > IMG_1.unblurred.jpg",
      "IMG_2.heic > IMG_2.unblurred.jpg",
      "IMG_3.heic > IMG_3.unblurred.jpg",
      "IMG_3.png > IMG_3.unblurred.png",
    ];
    const { photos, refused, renamed } = await planned(["."]);
    expect([photos, refused]).toEqual([expected, []]);
    expect(renamed).toEqual(["IMG_1.heic.unblurred.jpg"]);
    const named = ["IMG_1.heic", "IMG_1.jpg"];
    for (const names of [named, named.toReversed()])
      expect((await planned(names)).photos.sort()).toEqual(expected.slice(0, 2));

    await make("IMG_1.unblurred.jpg", "IMG_1.heic.unblurred.jpg");
    const second = await planned(["."], { skipExisting: true });
    expect(second.photos).toEqual(expected.slice(2));
    expect(second.skipped).toEqual(expect.arrayContaining(["IMG_1.heic has its outputs", "IMG_1.jpg has its outputs"]));
    expect([second.refused, second.renamed]).toEqual([[], []]);
  });

  test("keep their endings in an output folder and with a format for all", async () => {
    await make("trip/a.heic", "trip/a.jpg", "trip/b.png", "trip/b.webp");
    expect((await planned(["trip"], { out: at("sharp") })).photos).toEqual([
      "trip/a.heic > sharp/a.heic.jpg",
      "trip/a.jpg > sharp/a.jpg",
      "trip/b.png > sharp/b.png",
      "trip/b.webp > sharp/b.webp",
    ]);
    const avif = await planned(["trip"], { out: at("sharp"), format: "avif" });
    expect(avif.photos.map((line) => line.split(" > ")[1])).toEqual(
      ["a.heic", "a.jpg", "b.png", "b.webp"].map((name) => `sharp/${name}.avif`),
    );
    expect(avif.refused).toEqual([]);
  });

  test("also where only the summary of their samples would have one name", async () => {
    await make("a.jpg", "a.png", "b.jpg");
    const { photos, refused } = await planned(["a.jpg", "a.png", "b.jpg"], { samples: 2, summary: true });
    expect(photos).toEqual([
      "a.jpg > a.jpg.unblurred.1.jpg a.jpg.unblurred.2.jpg",
      "a.png > a.png.unblurred.1.png a.png.unblurred.2.png",
      "b.jpg > b.unblurred.1.jpg b.unblurred.2.jpg",
    ]);
    expect(refused).toEqual([]);
  });

  test("get the names of their folders where files of several folders were named", async () => {
    await make("x/b.jpg", "y/b.jpg", "y/b.heic", "z/c.jpg", "p/y/b.jpg");
    const out = at("sharp");
    expect((await planned(["y/b.jpg", "x/b.jpg", "z/c.jpg", "y/b.heic"], { out })).photos).toEqual([
      "y/b.jpg > sharp/y/b.jpg",
      "x/b.jpg > sharp/x/b.jpg",
      "z/c.jpg > sharp/c.jpg",
      "y/b.heic > sharp/b.heic.jpg",
    ]);
    // Folders of one name: a number, in the order given.
    expect((await planned(["y/b.jpg", "p/y/b.jpg"], { out })).photos).toEqual([
      "y/b.jpg > sharp/y/b.jpg",
      "p/y/b.jpg > sharp/y/b-2.jpg",
    ]);
  });

  test("get numbers where the longest names that a disk takes are equal", async () => {
    const long = "n".repeat(240);
    await make(`${long}-1.jpg`, `${long}-2.jpg`);
    const { photos, refused } = await planned([`${long}-1.jpg`, `${long}-2.jpg`], { samples: 2, summary: true });
    expect(refused).toEqual([]);
    const outputs = photos.flatMap((line) => line.split(" > ")[1]!.split(" "));
    expect(new Set(outputs).size).toBe(4);
    for (const name of outputs) expect(Buffer.byteLength(name)).toBeLessThanOrEqual(255);
  });
});

test("a single photo that would be overwritten is an error of the command line", async () => {
  await make("a.jpg");
  await expect(planned(["a.jpg"], { out: at("a.jpg") })).rejects.toMatchObject({ code: "argument" });
});

test("a name that is too long for the disk is detected before the work", async () => {
  await make("a.jpg", "b.jpg");
  const { photos, refused } = await planned(["a.jpg"], { out: at(`${"x".repeat(300)}.jpg`) });
  expect(photos).toEqual([]);
  expect(refused[0]).toMatch(/could not be written: the name is too long; choose a shorter one/);
});

test("pixels are counted from headers; other files have none", async () => {
  await writeFile(at("text.jpg"), "not a picture");
  const example = join(import.meta.dirname, "../../../examples/friends-blurry.jpg");
  expect([await pixelsOfFile(example), await pixelsOfFile(at("text.jpg")), await pixelsOfFile(at("none.jpg"))]).toEqual(
    [639 * 960, null, null],
  );
});
