/** @file Enlarging through the service: the pair of models that `scale` chooses, and names that are not a pair. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, expect, test } from "vitest";
import { writeIdentityModel } from "../identity-model.js";
import { pngPart, runService } from "./running-service.js";

let folder: string;
const before = process.env.UNBLUR_HOME;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "unblur-server-enlarging-"));
  process.env.UNBLUR_HOME = join(folder, "home");
  await writeIdentityModel(join(folder, "home/models/same"));
  await writeIdentityModel(join(folder, "home/models/twice"), 8, 0, 2);
  await writeIdentityModel(join(folder, "elsewhere"));
});
afterAll(async () => {
  await rm(folder, { recursive: true });
  if (before === undefined) delete process.env.UNBLUR_HOME;
  else process.env.UNBLUR_HOME = before;
});

test("scale adds an installed model that enlarges; a pair may be named, and no path", {
  timeout: 120_000,
}, async () => {
  await using service = await runService({ model: "same" });
  const ask = async (query: string) =>
    fetch(`${service.url}/v1/restore?${query}`, {
      ...{ method: "POST", headers: { "content-type": "image/png" } },
      body: await pngPart(40, 30),
    });
  for (const query of ["scale=2", "model=same%2Btwice", "model=same&scale=2", "model=twice"]) {
    const answer = await ask(query);
    expect(answer.status, query).toBe(200);
    const { width, height } = await sharp(Buffer.from(await answer.arrayBuffer())).metadata();
    expect([width, height], query).toEqual([80, 60]);
  }
  const elsewhere = encodeURIComponent(join(folder, "elsewhere"));
  for (const query of [`model=${elsewhere}&scale=2`, `model=${elsewhere}%2Btwice`, "model=twice%2Btwice", "scale=4"]) {
    const answer = await ask(query);
    expect(answer.status, query).toBe(422);
    expect(await answer.json(), query).toMatchObject({ error: { code: "argument" } });
  }
});
