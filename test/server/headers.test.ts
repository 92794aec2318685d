/**
 * @file Headers that are made to keep a decoder busy: refused in a moment, while others are served and the service can
 * end.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { HeaderReader } from "../../apps/server/header-reader.js";
import { animatedWebp, nestedSvg, pngWith } from "../crafted-pictures.js";
import { blobOf, pngPart, runService, sleep } from "./running-service.js";

const folder = mkdtempSync(join(tmpdir(), "unblur-headers-"));
const silent = join(folder, "silent");
const png = join(folder, "a.png");
beforeAll(async () => {
  execFileSync("mkfifo", [silent]); // reading it never ends: a decoder that hangs
  writeFileSync(png, await pngWith());
});
afterAll(() => rmSync(folder, { recursive: true }));

const lives = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

/** A process that was killed is gone a moment later. */
async function ends(pid: number): Promise<boolean> {
  for (let tries = 0; tries < 100 && lives(pid); tries++) await sleep(20);
  return !lives(pid);
}

describe("the reader of headers", () => {
  test("reads, says what a file is instead, and keeps its process", async () => {
    const reader = new HeaderReader(60);
    const header = { type: "image/png", format: "png", width: 64, height: 48, orientation: 1 };
    expect(await reader.read({ path: png, name: "photo" })).toEqual(header);
    const pids = reader.pids;
    expect(pids).toHaveLength(1);
    writeFileSync(join(folder, "text"), "hello");
    await expect(reader.read({ path: join(folder, "text"), name: "photo" })).rejects.toMatchObject({
      code: "image",
      message: expect.stringMatching(/^photo: it is not a picture of a known format/),
    });
    expect(await reader.read({ path: png, name: "photo" })).toEqual(header);
    expect(reader.pids).toEqual(pids);
    reader.close();
    expect(await ends(pids[0]!)).toBe(true);
  }, 60_000);

  test("gives up at its limit, ends the process, and goes on with a new one; more than it has processes wait", async () => {
    const reader = new HeaderReader(3);
    const late = Array.from({ length: 5 }, () => reader.read({ path: silent, name: "photo" }).catch((error) => error));
    await sleep(200);
    const { pids } = reader;
    expect(pids).toHaveLength(4);
    for (const refusal of await Promise.all(late))
      expect(refusal).toMatchObject({
        status: 422,
        code: "too-slow",
        message: expect.stringMatching(/longer than this server's limit of 3 s/),
      });
    for (const pid of pids) expect(await ends(pid)).toBe(true);
    expect((await reader.read({ path: png, name: "photo" })).width).toBe(64);
    reader.close();
  }, 60_000);

  test("is told when its process ends, and closed while it reads it refuses what it reads and what waits", async () => {
    const reader = new HeaderReader(60);
    const crashed = reader.read({ path: silent, name: "photo" }).catch((error) => error);
    process.kill(reader.pids[0]!, "SIGKILL");
    expect(await crashed).toMatchObject({ status: 500, code: "crashed" });
    const read = Array.from({ length: 6 }, () => reader.read({ path: silent, name: "photo" }).catch((error) => error));
    const { pids } = reader;
    reader.close();
    for (const refusal of await Promise.all(read)) expect(refusal).toMatchObject({ status: 503, code: "stopping" });
    for (const pid of pids) expect(await ends(pid)).toBe(true);
  }, 60_000);
});

test("animations of many frames and nested drawings are refused in a moment; others are served meanwhile, and the service ends", async () => {
  const service = await runService({ perClient: 16 });
  await service.client.restore(await pngPart(32, 24), { steps: 0 }); // both processes have started
  const [animation, drawing] = [await animatedWebp(60_000), nestedSvg(30, 10)];
  const startedAt = performance.now();
  const post = async (bytes: Uint8Array) => {
    const body = blobOf(bytes, "application/octet-stream");
    const answer = await fetch(`${service.url}/v1/restore`, { method: "POST", body });
    const { error } = (await answer.json()) as { error: { message: string } };
    return `${answer.status} ${error.message}`;
  };
  const refused = Promise.all(Array.from({ length: 8 }, (_, i) => post(i % 2 ? animation : drawing)));
  expect((await fetch(`${service.url}/health`)).status).toBe(200);
  expect((await service.client.restore(await pngPart(32, 24), { steps: 0 })).type).toBe("image/png");
  for (const [i, said] of (await refused).entries())
    expect(said).toMatch(i % 2 ? /^422 photo: it is an animation/ : /^415 photo: it is an SVG drawing/);
  expect(performance.now() - startedAt).toBeLessThan(10_000); // libvips takes 20 s for one of the animations
  await service.stop();
  expect(performance.now() - startedAt).toBeLessThan(15_000);
}, 120_000);
