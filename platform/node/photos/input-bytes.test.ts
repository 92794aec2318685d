/** @file Pipes and devices as inputs, given to a child process as a shell would, and files that are too large. */
import { execFileSync, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtempSync, openSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import sharp from "sharp";
import { afterAll, describe, expect, test } from "vitest";
import { readImage } from "./image-file.js";
import { readPicture } from "./image-source.js";

const folder = mkdtempSync(join(tmpdir(), "unblur-inputs-"));
afterAll(() => rmSync(folder, { recursive: true }));

const noise = randomBytes(3 * 300 * 200);
const picture = () =>
  sharp(noise, { raw: { width: 300, height: 200, channels: 3 } })
    .png()
    .toBuffer();

function pipe(name: string): string {
  const path = join(folder, name);
  execFileSync("mkfifo", [path]);
  return path;
}

/** Feeds a pipe from a shell command; resolves when the command has ended. */
const feed = (path: string, command: string, ...args: string[]) =>
  new Promise((resolve) => spawn("sh", ["-c", `${command} > "$0"`, path, ...args]).once("exit", resolve));

const failure = (promise: Promise<unknown>) =>
  promise.then(
    () => ({ code: "none", message: "did not fail" }),
    (error: { code: string; message: string }) => error,
  );

test("a file larger than the limit is refused before it is read", async () => {
  const path = join(folder, "large.png");
  writeFileSync(path, await picture());
  const error = await failure(readImage(path, { maxBytes: 100_000 }));
  expect(error).toMatchObject({ code: "file" });
  expect(error.message).toMatch(/large\.png: expected at most 0\.1 MB, got 0\.\d MB; give a smaller file/);
  expect((await readImage(path, { maxBytes: 1e6 })).raster.width).toBe(300);
});

test("devices are refused at once", async () => {
  for (const device of ["/dev/zero", "/dev/null"]) {
    const error = await failure(readImage(device));
    expect(error).toMatchObject({ code: "file" });
    expect(error.message).toMatch(/is a device or a terminal; expected a picture file or a pipe/);
  }
});

describe("a pipe", () => {
  test("delivers its picture, also in small parts and after a delay", async () => {
    const file = join(folder, "whole.png");
    writeFileSync(file, await picture());
    const path = pipe("whole");
    const read = readImage(path);
    await wait(100);
    await feed(
      path,
      'for part in 0 1 2 3 4 5 6 7 8 9; do dd if="$1" bs=20000 skip=$part count=1 2>/dev/null; sleep 0.01; done',
      file,
    );
    expect((await read).raster).toMatchObject({ width: 300, height: 200, channels: 3 });
  });

  test("without end is refused at the limit, or at once if it does not begin like a picture", async () => {
    const start = join(folder, "start.jpg");
    writeFileSync(start, Buffer.from([0xff, 0xd8, 0xff]));
    const [endless, zeros] = [pipe("endless"), pipe("zeros")];
    const fed = [feed(endless, 'cat "$1" /dev/zero', start), feed(zeros, "cat /dev/zero")];
    const tooMuch = await failure(readPicture(endless, { maxBytes: 5e6 }));
    expect(tooMuch).toMatchObject({ code: "file" });
    expect(tooMuch.message).toMatch(/expected at most 5 MB, got more/);
    expect((await failure(readPicture(zeros))).message).toMatch(/is not a picture of a known format/);
    await Promise.all(fed); // the writers end, because nobody reads any more
  });

  test.each(["has no writer", "has a silent writer"])("that %s is abandoned at the signal", async (kind) => {
    const path = pipe(kind);
    const stop = new AbortController();
    const reading = failure(readImage(path, { signal: stop.signal }));
    const holder = kind.startsWith("is")
      ? spawn("sleep", ["60"], { stdio: ["ignore", openSync(path, "r+"), "ignore"] })
      : null;
    await wait(200);
    const startedAt = performance.now();
    stop.abort();
    expect(await reading).toMatchObject({ code: "cancelled" });
    expect(performance.now() - startedAt).toBeLessThan(2000);
    holder?.kill();
    expect(await failure(readImage(path, { signal: stop.signal }))).toMatchObject({ code: "cancelled" });
  });
});
