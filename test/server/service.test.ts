/** @file The service over HTTP, beside the library: same pictures, jobs from beginning to end, its description. */
import { rmSync } from "node:fs";
import { join } from "node:path";
import { Validator } from "@seriousme/openapi-schema-validator";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Job } from "../../apps/server/client.js";
import { restore } from "../../platform/node/library/open.js";
import { HEIC_PHOTO } from "../heic-photo.js";
import { blobOf, part, pngPart, type RunningService, runService } from "./running-service.js";

const SHARP = join(import.meta.dirname, "../../../shared/data/photos/kodak_1.jpg");

let service: RunningService;
beforeAll(async () => {
  service = await runService({ concurrency: 2, perClient: 8 });
});
afterAll(() => service.stop());

const pixels = async (picture: Blob) =>
  sharp(Buffer.from(await picture.arrayBuffer()))
    .raw()
    .toBuffer();

describe("restoring at once", () => {
  test("gives the library's pixels, by the typed client as by a plain request", async () => {
    const settings = { steps: 1, seed: 7, restoreSharp: true } as const;
    const photo = await pngPart(80, 56);
    const expected = await restore(new Uint8Array(await photo.arrayBuffer()), settings);
    const [form, plain] = await Promise.all([
      service.client.restore(photo, settings),
      fetch(`${service.url}/v1/restore?steps=1&seed=7&restoreSharp=true`, { method: "POST", body: photo }),
    ]);
    expect(plain.status).toBe(200);
    expect(plain.headers.get("content-type")).toBe("image/png");
    const bytes = Buffer.from(expected.raster.data as Uint8Array);
    expect((await pixels(form)).equals(bytes)).toBe(true);
    expect((await pixels(await plain.blob())).equals(bytes)).toBe(true);
    expect(await service.leavesNothing()).toBe(true);
  });

  test("keeps metadata, gives another format when asked, and only what a mask shows", async () => {
    const photo = blobOf(
      await part(48, 40)
        .rotate(-90)
        .withExif({ IFD0: { Make: "Test camera" } })
        .withMetadata({ orientation: 6 })
        .jpeg()
        .toBuffer(),
      "image/jpeg",
    );
    const mask = blobOf(
      await sharp({ create: { width: 48, height: 40, channels: 3, background: "black" } })
        .png()
        .toBuffer(),
      "image/png",
    );
    const same = await service.client.restore(photo, { steps: 0, format: "png", restoreSharp: true }, { mask });
    const { width, height, exif } = await sharp(Buffer.from(await same.arrayBuffer())).metadata();
    expect([same.type, width, height]).toEqual(["image/png", 48, 40]);
    expect(exif!.toString("latin1")).toContain("Test camera");
    const upright = await sharp(Buffer.from(await photo.arrayBuffer()))
      .autoOrient()
      .raw()
      .toBuffer();
    expect((await pixels(same)).equals(upright)).toBe(true); // black: nothing is restored
  });

  test("HEIC comes back as JPEG with its metadata, under whichever name it is sent", async () => {
    for (const type of ["image/heic", "image/heif", "application/octet-stream"]) {
      const answer = await fetch(`${service.url}/v1/restore?steps=0`, {
        method: "POST",
        body: blobOf(HEIC_PHOTO, type),
      });
      expect([answer.status, answer.headers.get("content-type")]).toEqual([200, "image/jpeg"]);
      const { width, height, format, exif } = await sharp(Buffer.from(await answer.arrayBuffer())).metadata();
      expect([width, height, format]).toEqual([64, 48, "jpeg"]);
      expect(exif!.toString("latin1")).toContain("Test camera");
    }
    const declared = await fetch(`${service.url}/v1/restore`, {
      method: "POST",
      body: blobOf(HEIC_PHOTO, "image/jpeg"),
    });
    expect([declared.status, await declared.text()]).toEqual([
      415,
      expect.stringContaining("its bytes are image/heic"),
    ]);
  });

  test("a sharp photo comes back as it is, and the answer says so", async () => {
    const small = await sharp(SHARP).extract({ left: 200, top: 100, width: 400, height: 300 }).png().toBuffer();
    const answer = await fetch(`${service.url}/v1/restore`, { method: "POST", body: blobOf(small, "image/png") });
    expect(answer.headers.get("unblur-sharp")).toBe("true");
    expect(Buffer.from(await answer.arrayBuffer()).equals(small)).toBe(true);
  });
});

describe("jobs", () => {
  test("several restorations, followed by events, with all their files; forgotten when deleted", async () => {
    const { client, url } = service;
    const submitted = await client.submit(await pngPart(64, 48), {
      steps: 1,
      samples: 2,
      check: true,
      restoreSharp: true,
    });
    expect(submitted).toMatchObject({ width: 64, height: 48, outcome: null, error: null });
    const seen: Job[] = [];
    for await (const job of client.follow(submitted.id)) seen.push(job);
    const last = seen.at(-1)!;
    expect(last.state).toBe("done");
    expect(seen.slice(0, -1).every(({ state }) => state === "queued" || state === "running")).toBe(true);
    const { files, sharp: wasSharp, explains } = last.outcome!;
    expect(wasSharp).toBe(false);
    expect(explains).toBeGreaterThan(20);
    expect(files.map(({ name, type }) => [name, type])).toEqual([
      ["restored.1.png", "image/png"],
      ["restored.2.png", "image/png"],
      ["restored.mean.png", "image/png"],
      ["restored.uncertainty.png", "image/png"],
      ["restored.uncertainty.tiff", "image/tiff"],
      ["restored.samples.png", "image/png"],
      ["restored.samples.html", "text/html; charset=utf-8"],
      ["restored.kernels.png", "image/png"],
      ["restored.kernels.json", "application/json"],
    ]);
    for (const file of files) {
      const answer = await fetch(`${url}${file.url}`);
      expect([answer.status, (await answer.arrayBuffer()).byteLength]).toEqual([200, file.bytes]);
      expect(answer.headers.get("content-disposition")).toMatch(/^attachment/);
    }
    const [one, two, mean] = await Promise.all(
      files.slice(0, 3).map(({ name }) => client.result(submitted.id, name).then(pixels)),
    );
    expect(one!.equals(two!)).toBe(false);
    expect([...mean!].filter((value, i) => Math.abs(value - (one![i]! + two![i]!) / 2) > 0.5)).toEqual([]);
    expect((await client.cancel(submitted.id)).state).toBe("done");
    await expect(client.job(submitted.id)).rejects.toMatchObject({ status: 404, code: "no-such-job" });
    expect(await service.leavesNothing()).toBe(true);
  });

  test("cancelled in the middle it ends at once, and the next one is done", async () => {
    const { client } = service;
    const { id } = await client.submit(await pngPart(400, 300), { steps: 100, restoreSharp: true });
    const events = client.follow(id);
    for await (const { progress } of events) if (progress) break;
    const asked = performance.now();
    const last = await client.cancel(id);
    expect(last).toMatchObject({ state: "cancelled", error: { code: "cancelled" } });
    expect(performance.now() - asked).toBeLessThan(10_000);
    expect((await client.restore(await pngPart(32, 32), { steps: 0 })).type).toBe("image/png");
    expect(await service.leavesNothing()).toBe(true);
  });

  test("a client that hangs up stops its restoration", async () => {
    const { client } = service;
    const hangUp = new AbortController();
    const asked = client.restore(
      await pngPart(400, 300),
      { steps: 100, restoreSharp: true },
      { signal: hangUp.signal },
    );
    setTimeout(() => hangUp.abort(), 500);
    await expect(asked).rejects.toMatchObject({ name: "AbortError" });
    expect(await service.leavesNothing()).toBe(true);
  });

  test("a process that is killed fails its own job alone, and another takes its place", async () => {
    const { client } = service;
    const photo = await pngPart(400, 300);
    const jobs = await Promise.all([0, 1].map((seed) => client.submit(photo, { steps: 20, seed, restoreSharp: true })));
    for await (const { progress } of client.follow(jobs[0]!.id)) if (progress) break;
    process.kill(service.workers[0]!, "SIGKILL");
    const ends = await Promise.all(
      jobs.map(async ({ id }) => {
        let last: Job | undefined;
        for await (const job of client.follow(id)) last = job;
        return last!;
      }),
    );
    expect(ends.map(({ state }) => state).sort()).toEqual(["done", "failed"]);
    expect(ends.find(({ state }) => state === "failed")!.error).toMatchObject({ code: "crashed" });
    await Promise.all([0, 1].map(async (seed) => client.restore(await pngPart(32, 32), { steps: 0, seed })));
    for (const { id } of jobs) await client.cancel(id);
    expect(await service.leavesNothing()).toBe(true);
  });
});

describe("what it says of itself", () => {
  test("it goes on when the system has cleared its temporary folder, and gives every place back", async () => {
    const { client, url } = service;
    for (let i = 0; i < 10; i++) {
      rmSync(service.folder, { recursive: true });
      expect((await client.restore(await pngPart(32, 24), { steps: 0 })).type).toBe("image/png");
    }
    expect((await fetch(`${url}/ready`)).status).toBe(200);
  });

  test("its description is valid OpenAPI 3.1, and names every address", async () => {
    const description = (await (await fetch(`${service.url}/openapi.json`)).json()) as {
      openapi: string;
      paths: Record<
        string,
        Record<string, { requestBody?: { content: object }; parameters?: { name: string }[]; responses: object }>
      >;
    };
    const validator = new Validator();
    const { valid, errors } = await validator.validate(description);
    expect(errors ?? []).toEqual([]);
    expect([valid, validator.version]).toEqual([true, "3.1"]);
    expect(Object.keys(description.paths).sort()).toEqual([
      "/health",
      "/metrics",
      "/ready",
      "/v1/jobs",
      "/v1/jobs/{id}",
      "/v1/jobs/{id}/events",
      "/v1/jobs/{id}/result",
      "/v1/jobs/{id}/results/{name}",
      "/v1/models",
      "/v1/restore",
    ]);
    const described = Object.entries(description.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
    );
    for (const { path, method, operation } of described) {
      const all = path === "/health" || path === "/ready" ? ["403", "421"] : ["401", "403", "421"];
      expect([method, path, Object.keys(operation.responses)]).toEqual([method, path, expect.arrayContaining(all)]);
    }
    const { requestBody, parameters } = description.paths["/v1/restore"]!.post!;
    expect(Object.keys(requestBody!.content)).toContain("multipart/form-data");
    expect(parameters!.map(({ name }) => name)).toEqual(expect.arrayContaining(["steps", "realism", "seed", "format"]));
    expect((await fetch(`${service.url}/docs/static/index.html`)).status).toBe(200);
  });

  test("models, health, readiness, metrics", async () => {
    expect(await service.client.models()).toMatchObject({
      default: "default",
      models: expect.arrayContaining([expect.objectContaining({ name: "default", steps: 0 })]),
    });
    expect(await (await fetch(`${service.url}/health`)).json()).toEqual({ status: "ok" });
    expect(await (await fetch(`${service.url}/ready`)).json()).toEqual({ status: "ready" });
    const metrics = await (await fetch(`${service.url}/metrics`)).text();
    expect(metrics).toMatch(/^unblur_http_requests_total\{method="GET",route="\/health",status="200"\} 1$/m);
    expect(metrics).toMatch(/^unblur_jobs_total\{state="done"\} \d+$/m);
    expect(metrics).toMatch(/^unblur_jobs_running 0$/m);
  });
});
