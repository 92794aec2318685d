/** @file A service that computes nothing beside one by itself, with a small model: same answers, same traces. */
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createClient, type Job } from "../../apps/server/client.js";
import { serviceOptionsSchema } from "../../apps/server/options.js";
import { type Service, startService } from "../../apps/server/service.js";
import { writeIdentityModel } from "../identity-model.js";
import { lacks } from "../machine.js";
import { pngPart } from "../server/running-service.js";
import { startQueuedService } from "./queued-service.js";
import { MODEL, until } from "./workplace.js";

describe.skipIf(lacks("redis"))("a front", () => {
  const folder = mkdtempSync(join(tmpdir(), "unblur-front-"));
  const home = process.env.UNBLUR_HOME;
  let services: { readonly alone: Service; readonly queued: Service };
  beforeAll(async () => {
    process.env.UNBLUR_HOME = folder;
    await writeIdentityModel(join(folder, "models", MODEL), 8, 0.05);
    const options = serviceOptionsSchema.parse({
      ...{ port: 0, threads: 1, model: MODEL, logLevel: "silent", stopSeconds: 0, perClient: 8, decodeSeconds: 120 },
    });
    services = { alone: await startService(options), queued: await startQueuedService(options) };
  });
  afterAll(async () => {
    await Promise.all([services.alone.stop(), services.queued.stop()]);
    if (home === undefined) delete process.env.UNBLUR_HOME;
    else process.env.UNBLUR_HOME = home;
    rmSync(folder, { recursive: true });
  });
  const both = <T>(act: (service: Service) => Promise<T>) => Promise.all([act(services.alone), act(services.queued)]);
  const isEmpty = ({ folder: place }: Service) => readdirSync(place).length === 0;

  test("gives the bytes of a service by itself, and the words of its errors, and leaves nothing", async () => {
    const photo = await pngPart(96, 72);
    const [alone, queued] = await both(async ({ url }) =>
      Buffer.from(await (await createClient(url).restore(photo, { restoreSharp: true })).arrayBuffer()),
    );
    expect(alone.length).toBeGreaterThan(1000);
    expect(queued.equals(alone)).toBe(true);
    const cut = photo.slice(0, 900, "image/png");
    const [refusedAlone, refusedQueued] = await both(async ({ url }) => {
      const answer = await fetch(`${url}/v1/restore?restoreSharp=true`, { method: "POST", body: cut });
      return [answer.status, await answer.text()];
    });
    expect(refusedAlone![0]).toBe(422);
    expect(refusedQueued).toEqual(refusedAlone);
    await until(() => isEmpty(services.alone) && isEmpty(services.queued), "no upload and no result is left");
  });

  test("tells a job's progress and end, stops it when it is deleted, and goes on after a killed process", async () => {
    const { queued } = services;
    const client = createClient(queued.url);
    const { id } = await client.submit(await pngPart(400, 300), { restoreSharp: true });
    const seen: Job[] = [];
    for await (const job of client.follow(id)) seen.push(job);
    expect(seen.at(-1)).toMatchObject({ state: "done", outcome: { files: [{ name: "restored.png" }] } });
    expect(seen.some(({ progress }) => progress !== null)).toBe(true);
    await client.cancel(id);

    const large = await pngPart(400, 300);
    const stopped = await client.submit(large, { restoreSharp: true });
    expect((await client.cancel(stopped.id)).state).toBe("cancelled");

    const killed = await client.submit(large, { restoreSharp: true });
    for await (const { state } of client.follow(killed.id)) {
      if (state !== "running") continue;
      for (const pid of queued.workers) process.kill(pid, "SIGKILL");
    }
    expect(["crashed", undefined]).toContain((await client.job(killed.id)).error?.code);
    expect((await client.restore(await pngPart(32, 24), { restoreSharp: true })).size).toBeGreaterThan(100);
    await client.cancel(killed.id);
    await until(() => isEmpty(queued), "no upload and no result is left");
  });
});
