/** @file Ctrl-C while a photo is being restored, to the real program; and a stop while a pipe is waited for. */
import { execFileSync, spawn } from "node:child_process";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { restore } from "../platform/node/library/open.js";
import { readImage, writeImage } from "../platform/node/photos/image-file.js";
import { builtProgram } from "./built.js";
import { stoppableCommandLine } from "./command-line.js";
import { writeIdentityModel } from "./identity-model.js";

const MAIN = builtProgram();

test("Ctrl-C ends the program with code 130 and leaves no file behind, not even a part of one", async () => {
  const folder = await mkdtemp(join(tmpdir(), "unblur-interrupt-"));
  await writeIdentityModel(join(folder, "identity"), 32);
  const [width, height] = [5000, 4000];
  const data = new Uint8Array(3 * width * height).fill(100);
  await writeImage(join(folder, "large.jpg"), {
    raster: { width, height, channels: 3, data },
    format: "jpeg",
    metadata: {},
  });
  const before = await readdir(folder);

  const program = spawn(
    process.execPath,
    [MAIN, join(folder, "large.jpg"), "--model", join(folder, "identity"), "--threads", "1"],
    { stdio: ["ignore", "pipe", "pipe"] },
  );
  let [out, err, interruptedAt] = ["", "", 0];
  program.stdout.on("data", (text) => {
    out += text;
  });
  program.stderr.on("data", (text) => {
    err += text;
    // The first word on a window that is done: the restorer is at work.
    if (/, \d+ %/.test(err) && interruptedAt === 0) {
      interruptedAt = performance.now();
      program.kill("SIGINT");
    }
  });
  const code = await new Promise((resolve) => program.on("close", resolve));
  const took = performance.now() - interruptedAt;

  expect({ code, out }).toEqual({ code: 130, out: "" });
  expect(err).toContain("stopped on request");
  expect(interruptedAt).toBeGreaterThan(0);
  expect(took).toBeLessThan(5000);
  expect(await readdir(folder)).toEqual(before);
  await rm(folder, { recursive: true });
});

describe("a stop ends the wait for a pipe that nobody writes to", () => {
  let [folder, photo, silent, model] = ["", "", "", ""];
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "unblur-silent-"));
    [photo, silent, model] = [join(folder, "photo.png"), join(folder, "silent.png"), join(folder, "identity")];
    execFileSync("mkfifo", [silent]);
    await writeIdentityModel(model, 32);
    const data = Uint8Array.from({ length: 3 * 64 * 64 }, (_, i) => (i * 37) % 256);
    const raster = { width: 64, height: 64, channels: 3, data } as const;
    await writeImage(photo, { raster, format: "png", metadata: {} });
  });
  afterAll(() => rm(folder, { recursive: true }));

  /** Far beyond what a stop takes on a busy machine. */
  const PATIENCE_MS = 60_000;

  /**
   * What `run` comes to when its signal fires after half a second. The wait is ended by a writer where the signal does
   * not end it.
   */
  async function stopped<T>(run: (signal: AbortSignal) => Promise<T>): Promise<T | "waits"> {
    const done = run(AbortSignal.timeout(500));
    const result = await Promise.race([done, wait(PATIENCE_MS, "waits" as const, { ref: false })]);
    if (result === "waits") {
      await writeFile(silent, "");
      await done.catch(() => {});
    }
    return result;
  }

  test.each([
    ["the photo", () => [silent, "--model", model]],
    ["the mask", () => [photo, "--model", model, "--mask", silent]],
    ["the photo to explain", () => ["explain", silent, "--model", model]],
    ["the truth to explain", () => ["explain", photo, "--model", model, "--sharp", silent]],
    ["the mask to explain", () => ["explain", photo, "--model", model, "--mask", silent]],
    ["the photo to blur", () => ["blur", silent]],
  ])("as %s", async (_, line) => {
    const argv = [...line(), "--out", join(folder, "out")];
    const result = await stopped((signal) => stoppableCommandLine(signal, ...argv));
    expect(result).toMatchObject({ code: 130, out: "", err: expect.stringContaining("stopped on request") });
  });

  test("as a photo that is read", async () => {
    const result = await stopped((signal) => readImage(silent, { signal }).catch((error: unknown) => error));
    expect(result).toMatchObject({ code: "cancelled" });
  });

  test("as the photo of the library's `restore`, which rejects with the signal's reason", async () => {
    const [error, reason] = await stopped((signal) =>
      restore(silent, { model, signal }).then(
        () => [null, signal.reason],
        (thrown: unknown) => [thrown, signal.reason],
      ),
    );
    expect(error).toBe(reason);
  });
});
