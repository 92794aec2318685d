/** @file Ctrl-C while a photo is being restored, to the real program. */
import { spawn } from "node:child_process";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { writeImage } from "../platform/node/image-file.js";
import { writeIdentityModel } from "./identity-model.js";

const MAIN = join(import.meta.dirname, "..", "apps", "cli", "main.ts");

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
    ["--import", "tsx", MAIN, join(folder, "large.jpg"), "--model", join(folder, "identity"), "--threads", "1"],
    { stdio: ["ignore", "pipe", "pipe"] },
  );
  let [out, err, interruptedAt] = ["", "", 0];
  program.stdout.on("data", (text) => {
    out += text;
  });
  program.stderr.on("data", (text) => {
    err += text;
    // The first word on a window that is done: the restorer is at work.
    if (/ left/.test(err) && interruptedAt === 0) {
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
