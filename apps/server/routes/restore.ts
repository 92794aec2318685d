/** @file POST /v1/restore: restores a small photo in one request. */
import { createReadStream } from "node:fs";
import type { FastifyInstance } from "fastify";
import { type Acceptance, accept } from "../accept.js";
import { whenClosed } from "../closed.js";
import type { Jobs } from "../jobs.js";
import { uploadSchema } from "../openapi.js";
import { Refusal } from "../refusal.js";

export function restoreRoute(app: FastifyInstance, acceptance: Acceptance, jobs: Jobs): void {
  app.post("/v1/restore", uploadSchema("restore"), async (request, reply) => {
    const { syncMegapixels } = acceptance.limits;
    const photo = await accept(request, acceptance, ({ width, height, settings }) => {
      if (width * height > syncMegapixels * 1e6)
        throw new Refusal(
          413,
          "too-many-pixels",
          `expected at most ${syncMegapixels} megapixels, got ${width} x ${height}; send it to /v1/jobs`,
        );
      if (settings.samples > 1 || settings.check)
        throw new Refusal(422, "argument", "samples and check produce several files: send the photo to /v1/jobs");
    });
    const job = jobs.start(photo);
    const stopWatching = whenClosed(reply.raw, () => void jobs.cancel(job));
    await job.end();
    stopWatching();
    const [file] = job.files;
    if (!job.restored || !file) {
      await jobs.remove(job);
      throw job.refusal ?? new Refusal(500, "internal", "the restoration ended without a result");
    }
    job.fetched = true;
    whenClosed(reply.raw, () => void jobs.remove(job));
    return reply
      .header("Content-Length", file.bytes)
      .header("Content-Disposition", `attachment; filename="${file.name}"`)
      .header("Unblur-Sharp", String(job.restored.sharp))
      .header("Unblur-Seconds", job.restored.seconds.toFixed(3))
      .header("Cache-Control", "no-store")
      .type(file.type)
      .send(createReadStream(file.path));
  });
}
