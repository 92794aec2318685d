/** @file Folders, repeated batches and pictures through pipes, as command lines. */
import { execFileSync, spawnSync } from "node:child_process";
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { readImage, writeImage } from "../../../platform/node/photos/image-file.js";
import { HEIC_PHOTO } from "../../../test/heic-photo.js";
import { writeIdentityModel } from "../../../test/identity-model.js";
import { BatchClock } from "../batch-status.js";
import { COMMANDS } from "../catalog.js";
import { runProgram } from "../program.js";

let folder: string;
const at = (...parts: string[]) => join(folder, ...parts);

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "unblur-batch-"));
  await writeIdentityModel(at("identity"));
});
afterEach(() => rm(folder, { recursive: true }));

interface Run {
  readonly stdin?: Readable;
  /** Requests a stop once a result has been printed. */
  readonly stopsAfterOne?: boolean;
}

async function unblur(argv: readonly string[], { stdin = Readable.from([]), stopsAfterOne = false }: Run = {}) {
  const stop = new AbortController();
  const out: Buffer[] = [];
  let err = "";
  const words = [...argv, "--model", at("identity")];
  const code = await runProgram({ name: "unblur", version: "0", summary: "", commands: COMMANDS }, words, {
    stdin: () => stdin,
    stdout: {
      write: (text) => {
        out.push(Buffer.from(text as string));
        if (stopsAfterOne) stop.abort();
      },
    },
    stderr: { write: (text) => (err += text) },
    signal: stop.signal,
  });
  const bytes = Buffer.concat(out);
  return { code, bytes, out: bytes.toString(), err: err.replaceAll(`${folder}/`, "") };
}

async function picture(name: string, width = 12, height = 8): Promise<string> {
  const data = Uint8Array.from({ length: width * height * 3 }, (_, i) => (i * 7919) % 256);
  await mkdir(join(at(name), ".."), { recursive: true });
  await writeImage(at(name), { raster: { width, height, channels: 3, data }, format: "png", metadata: {} });
  return at(name);
}

const filesIn = async (path: string) => (await readdir(at(path), { recursive: true })).sort();

test("a folder: a plan, the photos in their folders, a summary; repeated with --skip-existing: nothing to do", async () => {
  await picture("trip/a.png", 1000, 500);
  await picture("trip/day 2/ü 猫.png");
  await writeFile(at("trip/notes.txt"), "");
  const first = await unblur([at("trip"), "--out", at("sharp")]);
  expect(first).toMatchObject({ code: 0, out: `${at("sharp/a.png")}\n${at("sharp/day 2/ü 猫.png")}\n` });
  expect(first.err).toContain("2 photos to restore, 0.5 megapixels: to ");
  expect(first.err).toContain("skipped: 1 other file (1 .txt)\n");
  expect(first.err).toMatch(/^1 restored, 1 copied unchanged in \d+ s$/m);
  const again = await unblur([at("trip"), "--out", at("sharp"), "--skip-existing"]);
  expect([again.code, again.out]).toEqual([0, ""]);
  expect(again.err).toContain("nothing to restore");
  expect(again.err).toContain("2 with existing outputs");
  await picture("trip/new.png");
  const more = await unblur([at("trip"), "--out", at("sharp"), "--skip-existing", "--json"]);
  expect(
    more.out
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line)),
  ).toMatchObject([
    { input: at("trip/a.png"), skipped: "has its outputs" },
    { input: at("trip/day 2/ü 猫.png"), skipped: "has its outputs" },
    { input: at("trip/new.png"), outputs: [at("sharp/new.png")] },
  ]);
  expect(await filesIn("sharp")).toEqual(["a.png", "day 2", "day 2/ü 猫.png", "new.png"]);
});

test("a stopped batch ends with what is complete and how to go on", async () => {
  for (const name of ["a", "b", "c"]) await picture(`trip/${name}.png`, 300, 200);
  const stopped = await unblur([at("trip"), "--out", at("sharp")], { stopsAfterOne: true });
  expect([stopped.code, stopped.out]).toEqual([130, `${at("sharp/a.png")}\n`]);
  expect(stopped.err.trim().split("\n").at(-1)).toBe(
    "stopped with 1 of 3 done and complete; the same command with --skip-existing restores the rest",
  );
  expect(await filesIn("sharp")).toEqual(["a.png"]);
  const again = await unblur([at("trip"), "--out", at("sharp"), "--skip-existing"], { stopsAfterOne: true });
  expect(again.err).toMatch(/^stopped with 1 of 2 done and complete; the same command restores the rest$/m);
  const rest = await unblur([at("trip"), "--out", at("sharp")]);
  expect([rest.code, rest.out]).toEqual([1, `${at("sharp/c.png")}\n`]);
  expect(rest.err.trim().split("\n").at(-1)).toMatch(
    /^1 (restored|copied unchanged) in .*, 2 not restored, their outputs exist$/,
  );
});

test("a repeated command changes nothing and restores new photos, also when it names the outputs", async () => {
  await picture("trip/a.png");
  await picture("trip/b.png");
  const all = async () => (await readdir(at("trip"))).map((name) => at("trip", name)).sort();
  expect((await unblur(await all())).code).toBe(0);
  const [names, bytes] = [await filesIn("trip"), await readFile(at("trip/a.unblurred.png"))];
  expect(names).toHaveLength(4);
  const second = await unblur(await all());
  expect([second.code, second.out]).toEqual([1, ""]);
  expect(second.err).toContain(
    "2 photos have outputs already, which were kept; --skip-existing skips such photos, --force replaces the outputs",
  );
  expect(second.err).toContain("2 made by unblur");
  expect([await filesIn("trip"), await readFile(at("trip/a.unblurred.png"))]).toEqual([names, bytes]);
  await picture("trip/c.png");
  for (const inputs of [await all(), [at("trip")]]) {
    const { code, out } = await unblur([...inputs, "--skip-existing"]);
    expect(code).toBe(0);
    expect(["", `${at("trip/c.unblurred.png")}\n`]).toContain(out);
  }
  expect(await filesIn("trip")).toEqual([...names, "c.png", "c.unblurred.png"].sort());
});

test("two outputs of one name and a bad file do not stop the others", async () => {
  const inputs = [await picture("y/a.png"), await picture("x/a.png"), at("none.png"), await picture("b.png")];
  const { code, out, err } = await unblur([...inputs, "--out", at("sharp")]);
  expect([code, out]).toEqual([1, `${["y/a", "x/a", "b"].map((name) => at(`sharp/${name}.png`)).join("\n")}\n`]);
  expect(err).toContain("3 restored in ");
  expect(err).toContain("1 failed: none.png");
});

test("HEIC and JPEG of one name in a folder: both are restored, as the plan says, and a second run skips both", async () => {
  await mkdir(at("trip"));
  await writeFile(at("trip/IMG_1.heic"), HEIC_PHOTO);
  const jpeg = await readImage(HEIC_PHOTO);
  await writeImage(at("trip/IMG_1.jpg"), { ...jpeg, format: "jpeg" });
  const run = () => unblur([at("trip"), "--restore-sharp", "--skip-existing"]);
  const first = await run();
  expect(first.code).toBe(0);
  expect(first.out.trim().split("\n")).toEqual(
    ["IMG_1.heic.unblurred.jpg", "IMG_1.unblurred.jpg"].map((name) => at("trip", name)),
  );
  expect(first.err).toContain(
    "results that would share a name get names of their own: trip/IMG_1.heic gives trip/IMG_1.heic.unblurred.jpg\n",
  );
  const second = await run();
  expect([second.code, second.out]).toEqual([0, ""]);
  expect(second.err).toContain("skipped: 2 made by unblur, 2 with existing outputs");
});

test("camera raw files are named apart from other files, with what to do", async () => {
  await picture("trip/a.png");
  for (const name of ["IMG_1.CR2", "IMG_2.cr2", "DSC_3.NEF", "notes.txt"]) await writeFile(at("trip", name), "");
  const { code, err } = await unblur([at("trip")]);
  expect(code).toBe(0);
  expect(err).toContain(
    "skipped: 3 camera raw files (2 .cr2, 1 .nef; export them as JPEG or TIFF first), 1 other file (1 .txt)\n",
  );
  await mkdir(at("raws"));
  await writeFile(at("raws/IMG_1.CR3"), "");
  const only = await unblur([at("raws")]);
  expect(only.code).toBe(1);
  expect(only.err).toContain("found none but 1 camera raw file; export it as JPEG or TIFF first");
});

test("a legal name of any length works; one that is too long is refused before the work", async () => {
  await picture("short.png");
  const inputs = [`${"a".repeat(251)}.png`, `${"猫".repeat(83)}.png`];
  for (const name of inputs) {
    await copyFile(at("short.png"), at(name));
    for (const out of [[], ["--out", at("sharp/")]]) {
      const { code, err } = await unblur([at(name), ...out]);
      expect([code, err], name).toEqual([0, expect.stringContaining("1 restored")]);
    }
  }
  expect(await filesIn("sharp")).toEqual(inputs.sort());
  const startedAt = performance.now();
  const { code, err } = await unblur([at("short.png"), "--out", at(`${"x".repeat(260)}.png`), "--model", "none"]);
  expect([code, err]).toEqual([1, expect.stringContaining("the name is too long; choose a shorter one")]);
  expect(performance.now() - startedAt).toBeLessThan(2000);
});

test("--format sets the format and ending of every output", async () => {
  await picture("trip/a.png");
  expect((await unblur([at("trip"), "--out", at("sharp"), "--format", "webp"])).code).toBe(0);
  expect((await readImage(at("sharp/a.webp"))).format).toBe("webp");
});

describe("- is standard input, and standard output", () => {
  test("from one to the other, in the photo's format or another", async () => {
    const file = await picture("a.png");
    const { code, bytes, err } = await unblur(["-"], { stdin: Readable.from([await readFile(file)]) });
    expect([code, err]).toEqual([0, expect.stringContaining("1 restored")]);
    const [before, after] = [await readImage(file), await readImage(bytes)];
    expect(after).toEqual(before);
    const webp = await unblur(["-", "--out", "-", "--format", "webp"], {
      stdin: Readable.from([await readFile(file)]),
    });
    expect((await readImage(webp.bytes)).format).toBe("webp");
  });

  test("only one of the two", async () => {
    const file = await picture("a.png");
    expect(await unblur(["-", "--out", at("b.jpg")], { stdin: Readable.from([await readFile(file)]) })).toMatchObject({
      ...{ code: 0, out: `${at("b.jpg")}\n` },
    });
    expect((await readImage(at("b.jpg"))).format).toBe("jpeg");
    expect((await readImage((await unblur([file, "--out", "-"])).bytes)).raster.width).toBe(12);
    expect(await filesIn(".")).not.toContain("-");
  });

  test("outputs that a stream cannot hold are refused, and the input is checked", async () => {
    const file = await picture("a.png");
    const refused = async (...argv: string[]) => {
      const { code, out, err } = await unblur(argv);
      expect([code, out]).toEqual([2, ""]);
      return err;
    };
    expect(await refused("-", file)).toContain("expected one picture with standard input or output, got 2");
    expect(await refused(file, "--out", "-", "--json")).toContain("expected one result");
    expect(await refused("-", "--samples", "2")).toContain("expected one result");
    expect(await refused("-", "--out", `${folder}/`)).toContain("expected a file for the picture");
    expect(await refused(folder, "--out", "-")).toContain("expected one picture");
    const terminal = Object.assign(Readable.from([]), { isTTY: true });
    expect(await unblur(["-"], { stdin: terminal })).toMatchObject({
      code: 2,
      err: expect.stringContaining("got a terminal"),
    });
    const text = await unblur(["-"], { stdin: Readable.from([Buffer.from("not a picture".repeat(200))]) });
    expect([text.code, text.err]).toEqual([1, expect.stringContaining("standard input: it is not a picture")]);
    expect((await unblur(["-"])).err).toContain("standard input: it is empty");
  });
});

describe("the program as a shell starts it", () => {
  const main = join(import.meta.dirname, "../../../dist/apps/cli/main.js");
  const shell = (script: string) => {
    const env = { ...process.env, UNBLUR: `${process.execPath} ${main}`, MODEL: at("identity") };
    return spawnSync("bash", ["-c", `set -o pipefail; ${script}`], { cwd: folder, env });
  };

  test("cat a.png | unblur - > b.png", async () => {
    await picture("a.png");
    const { status, stderr } = shell(
      "cat a.png | $UNBLUR - --model $MODEL | cat > b.png && $UNBLUR - --model $MODEL < a.png > c.png",
    );
    expect([status, stderr.toString()]).toEqual([0, expect.stringContaining("1 restored")]);
    for (const name of ["b.png", "c.png"]) expect((await readImage(at(name))).raster.width).toBe(12);
  });

  test("a batch fails when the reader closes the output", async () => {
    for (let k = 0; k < 6; k++) await picture(`trip/${k}.png`, 400, 300);
    const { stdout, stderr } = shell('$UNBLUR trip --model $MODEL | head -1; echo "code $PIPESTATUS"');
    expect(stdout.toString()).toBe("trip/0.unblurred.png\ncode 1\n");
    expect(stderr.toString()).toContain(
      "standard output: could not print the results, because its reader has closed it",
    );
  });

  test.runIf(process.platform === "linux")("a name that is not in UTF-8 is stated as the reason", async () => {
    await picture("a.png");
    execFileSync("bash", ["-c", "cp a.png $'caf\\xe9.png'"], { cwd: folder });
    const { status, stderr } = shell("$UNBLUR caf*.png --model $MODEL");
    expect([status, stderr.toString()]).toEqual([1, expect.stringContaining("its name is not in UTF-8; rename it")]);
    execFileSync("bash", ["-c", "rm *.png; mkdir $'caf\\xe9'"], { cwd: folder });
    expect(shell("$UNBLUR . --model $MODEL").stderr.toString()).toContain("its name is not in UTF-8; rename it");
  });
});

describe("unblur help", () => {
  const help = async (...argv: string[]) => {
    let out = "";
    const code = await runProgram({ name: "unblur", version: "0", summary: "", commands: COMMANDS }, argv, {
      stdout: { write: (text) => (out += text) },
      stderr: { write: () => {} },
      signal: new AbortController().signal,
    });
    return { code, out };
  };

  test("help equals --help, also for a command", async () => {
    expect(await help("help")).toEqual(await help("--help"));
    expect(await help("help", "train")).toEqual(await help("train", "--help"));
    expect((await help("help")).code).toBe(0);
  });

  test("describes the effect of --no-x", async () => {
    const { out } = await help("deblur", "--help");
    const text = out.replace(/\s+/g, " ");
    expect(text).toContain("--no-keep-tone Let the brightness and colours change");
    expect(text).toContain("--no-summary With several samples: do not write their mean");
  });
});

test("the estimated time of a batch follows the pixels, and the measured pace once there is one", () => {
  const clock = new BatchClock([2e6, null, 4e6]);
  expect([clock.total, clock.after(0)]).toEqual([9e6, undefined]);
  clock.expect(0.001);
  expect(clock.after(0)).toBeCloseTo(9000);
  clock.done(0, 4000);
  expect(clock.after(1)).toBeCloseTo(14_000);
  expect(clock.after(3)).toBe(0);
});

test("photos of a few pixels, whose time is that of opening and writing, say nothing about large ones", () => {
  const clock = new BatchClock([4000, 4000, 1e6, 1e6]);
  clock.done(0, 2000);
  clock.done(1, 2000);
  expect(clock.after(2)).toBeUndefined();
  clock.done(2, 10_000);
  expect(clock.after(3)).toBeCloseTo(14_000 / 1.008, 6); // at the pace of all three

  const expected = new BatchClock([4000, 1e6]);
  expected.expect(0.01);
  expected.done(0, 2000);
  expect(expected.after(1)).toBe(10_000);

  const many = new BatchClock(Array.from({ length: 1000 }, () => 2e6));
  many.done(0, 4000);
  expect(many.after(1)).toBeCloseTo(999 * 4000, 3);
});
