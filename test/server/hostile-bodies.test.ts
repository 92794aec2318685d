/** @file Hostile photos and forms: each is refused clearly, and nothing is left behind. */
import { tmpdir } from "node:os";
import { deflateRawSync } from "node:zlib";
import sharp, { type Create } from "sharp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Problem } from "../../apps/server/contract.js";
import { crc32 } from "../crafted-pictures.js";
import { blobOf, part, pngPart, type RunningService, runService } from "./running-service.js";

let service: RunningService;
beforeAll(async () => {
  service = await runService({ maxMegabytes: 1, maxMegapixels: 4, syncMegapixels: 0.25 });
});
afterAll(() => service.stop());

/** A PNG whose header promises this size, and whose data are those of another. */
async function pngOfSize(width: number, height: number): Promise<Buffer> {
  const png = await part(16, 16).png().toBuffer();
  png.writeUInt32BE(width, 16);
  png.writeUInt32BE(height, 20);
  png.writeUInt32BE(crc32(png.subarray(12, 29)), 29);
  return png;
}

const post = async (body: Blob, path = "/v1/restore", type?: string) => {
  const headers = type === undefined ? {} : { "Content-Type": type };
  const answer = await fetch(`${service.url}${path}`, { method: "POST", body, headers });
  const text = await answer.text();
  // Where things are on the server is nobody's business.
  for (const place of [service.folder, process.cwd(), tmpdir()]) expect(text).not.toContain(place);
  const { error } = JSON.parse(text) as Problem;
  return { status: answer.status, ...error };
};

describe("photos that are none, or not fit", () => {
  const text = (content: string) => blobOf(new TextEncoder().encode(content), "");
  const png = () => pngPart(32, 24);
  const cases: readonly [string, () => Promise<Blob> | Blob, string | undefined, string, number, RegExp][] = [
    ["text as a photo", () => text("hello"), "image/png", "/v1/restore", 415, /not a picture of a known format/],
    [
      "a type that is no photo",
      () => text("{}"),
      "application/json",
      "/v1/restore",
      415,
      /expected a photo as the body/,
    ],
    [
      "a GIF that is also a script",
      () => text("GIF89a=1;alert(1)//"),
      "image/gif",
      "/v1/restore",
      415,
      /is a GIF picture/,
    ],
    [
      "a photo under another's name",
      png,
      "image/jpeg",
      "/v1/restore",
      415,
      /declared as image\/jpeg, but its bytes are image\/png/,
    ],
    ["nothing", () => text(""), "image/png", "/v1/restore", 422, /is empty/],
    [
      "a photo cut off",
      async () => (await png()).slice(0, 900),
      "image/png",
      "/v1/restore?restoreSharp=true",
      422,
      /damaged or cut off/,
    ],
    [
      "a page behind a PNG's signature",
      async () => new Blob([(await png()).slice(0, 8), "<html><script>alert(1)</script></html>"]),
      "image/png",
      "/v1/restore",
      422,
      /damaged/,
    ],
    [
      "65,535 x 65,535 px in a few bytes",
      async () => blobOf(await pngOfSize(65_535, 65_535), ""),
      "image/png",
      "/v1/jobs",
      413,
      /at most 4 megapixels, got 65535 x 65535/,
    ],
    [
      "more pixels than are restored at once",
      async () => blobOf(await part(300, 250).resize(600, 500).png().toBuffer(), ""),
      "image/png",
      "/v1/restore",
      413,
      /at most 0.25 megapixels, got 600 x 500; send it to \/v1\/jobs/,
    ],
    ["too many bytes", () => blobOf(new Uint8Array(1_200_000), ""), "image/png", "/v1/jobs", 413, /at most 1 MB/],
    [
      "an animation",
      async () =>
        blobOf(
          await sharp({
            create: { width: 16, height: 32, channels: 3, background: "red", pageHeight: 16 } as Create,
          })
            .composite([{ input: await part(16, 16).png().toBuffer(), left: 0, top: 0 }])
            .webp({ loop: 0 })
            .toBuffer(),
          "",
        ),
      "image/webp",
      "/v1/restore",
      422,
      /is an animation; expected a single picture/,
    ],
    ["a path as a model", png, "image/png", "/v1/restore?model=../../etc", 422, /model: expected one of/],
    ["a URL as a model", png, "image/png", "/v1/restore?model=http://example.com/", 422, /model: expected one of/],
    ["an unknown setting", png, "image/png", "/v1/restore?step=3", 422, /"step": expected one of model, .*, steps, /],
    [
      "a setting out of range",
      png,
      "image/png",
      "/v1/restore?realism=2",
      422,
      /realism: expected a number from 0 to 1, got "2"/,
    ],
    ["more steps than allowed", png, "image/png", "/v1/restore?steps=5000", 422, /at most 100, got 5000/],
    ["several results at once", png, "image/png", "/v1/restore?samples=2", 422, /send the photo to \/v1\/jobs/],
  ];
  test.each(cases)("%s", async (_, body, type, path, status, message) => {
    const refused = await post(await body(), path, type);
    expect(refused.message).toMatch(message);
    expect(refused.status).toBe(status);
    expect(await service.leavesNothing()).toBe(true);
  });

  test("pixels that are damaged behind a sound header fail their job, and the next one is done", async () => {
    const broken = Buffer.from(await part(200, 150).png({ compressionLevel: 0 }).toBuffer());
    broken.fill(deflateRawSync("nonsense"), 2_000, 60_000);
    expect(await post(blobOf(broken, "image/png"))).toMatchObject({ status: 422, code: "image" });
    expect((await service.client.restore(await pngPart(32, 24), { steps: 0 })).type).toBe("image/png");
    expect(await service.leavesNothing()).toBe(true);
  });

  test("forms with names like paths, other files, or no photo", async () => {
    const form = new FormData();
    form.set("photo", await pngPart(32, 24), "../../../../tmp/unblur-escape.png");
    const answer = await fetch(`${service.url}/v1/restore?steps=0`, { method: "POST", body: form });
    expect([answer.status, answer.headers.get("content-disposition")]).toEqual([
      200,
      'attachment; filename="restored.png"',
    ]);
    await answer.arrayBuffer();
    const other = new FormData();
    other.set("file", await pngPart(32, 24));
    const refused = await fetch(`${service.url}/v1/restore`, { method: "POST", body: other });
    expect([refused.status, await refused.text()]).toEqual([422, expect.stringContaining("the fields photo and mask")]);
    const empty = await fetch(`${service.url}/v1/jobs`, { method: "POST", body: new FormData() });
    expect(empty.status).toBeGreaterThanOrEqual(400);
    expect(empty.status).toBeLessThan(500);
    expect(await service.leavesNothing()).toBe(true);
  });

  test("addresses that are none, and results under names like paths", async () => {
    for (const path of [
      "/v1/jobs/..%2f..%2fetc",
      "/v1/jobs/nobody/results/..%2f..%2fetc%2fpasswd",
      "/..%2f..%2fpackage.json",
    ])
      expect([path, (await fetch(`${service.url}${path}`)).status]).toEqual([
        path,
        expect.toSatisfy((s) => s === 404 || s === 403),
      ]);
  });
});

describe("forms that are none", () => {
  const NEWLINE = "\r\n";
  const field = (name: string, value: string, boundary = "b") =>
    `--${boundary}${NEWLINE}Content-Disposition: form-data; name="${name}"${NEWLINE}${NEWLINE}${value}${NEWLINE}`;
  const file = `--b${NEWLINE}Content-Disposition: form-data; name="photo"; filename="p.png"${NEWLINE}Content-Type: image/png${NEWLINE}${NEWLINE}`;
  const cases: readonly (readonly [string, string, string])[] = [
    ["no end", "multipart/form-data; boundary=b", field("steps", "0")],
    ["no end of the photo", "multipart/form-data; boundary=b", `${file}some of it`],
    ["no boundary", "multipart/form-data", field("steps", "0")],
    ["an empty boundary", "multipart/form-data; boundary=", field("steps", "0")],
    [
      "a boundary of 300 characters",
      `multipart/form-data; boundary=${"b".repeat(300)}`,
      field("steps", "0", "b".repeat(300)),
    ],
    ["another boundary", "multipart/form-data; boundary=c", field("steps", "0")],
    ["nothing", "multipart/form-data; boundary=b", ""],
    ["headers without end", "multipart/form-data; boundary=b", `--b${NEWLINE}${"x".repeat(100_000)}`],
    ["40 fields", "multipart/form-data; boundary=b", `${field("steps", "0").repeat(40)}--b--`],
    ["a field of a prototype", "multipart/form-data; boundary=b", `${field("__proto__", "x")}--b--`],
    ["a name of a prototype", "multipart/form-data; boundary=b", `${field("constructor", "x")}${file}x${NEWLINE}--b--`],
    ["no type", "", "x"],
  ];
  test.each(cases)("%s", async (_, type, body) => {
    const refused = await post(new Blob([body]), "/v1/restore", type);
    expect(refused.status).toBeGreaterThanOrEqual(400);
    expect([refused.status, refused.status < 500]).toEqual([refused.status, true]);
    expect(await service.leavesNothing()).toBe(true);
  });

  test.each(["?__proto__=1", "?constructor=1", "?toString=1", "?steps=1&steps=2", "?steps[]=1", "?%00=1"])(
    "the query %s",
    async (query) => {
      expect(await post(await pngPart(16, 16), `/v1/restore${query}`)).toMatchObject({ status: 422, code: "argument" });
    },
  );

  test("no body at all", async () => {
    const answer = await fetch(`${service.url}/v1/restore`, { method: "POST" });
    expect([answer.status, ((await answer.json()) as Problem).error.code]).toEqual([415, "media-type"]);
  });
});
