/** @file /v1/jobs: restorations as jobs, for large photos. */
import { createReadStream } from "node:fs";
import type { FastifyInstance, FastifyReply } from "fastify";
import { type Acceptance, accept } from "../accept.js";
import { whenClosed } from "../closed.js";
import type { Jobs, ResultOnDisk, RunningJob } from "../jobs.js";
import { jobDocs, uploadSchema } from "../openapi.js";
import { Refusal } from "../refusal.js";

/** Interval of heartbeats, which keep proxies from closing an idle stream. */
const HEARTBEAT_MS = 15_000;
/** Shortest interval between events: a photo of few windows progresses faster than anybody reads. */
const MIN_MS = 100;

interface ById {
  Params: { readonly id: string };
}

export function jobRoutes(app: FastifyInstance, acceptance: Acceptance, jobs: Jobs): void {
  app.post("/v1/jobs", uploadSchema("submit"), async (request, reply) => {
    const job = jobs.start(await accept(request, acceptance));
    return reply.code(202).header("Location", `/v1/jobs/${job.id}`).send(jobs.describe(job));
  });

  app.get<ById>("/v1/jobs/:id", jobDocs.status, async ({ params }, reply) =>
    reply.header("Cache-Control", "no-store").send(jobs.describe(jobs.get(params.id))),
  );

  // A HEAD request would wait for the job's end, and receive nothing.
  app.get<ById>("/v1/jobs/:id/events", { ...jobDocs.events, exposeHeadRoute: false }, async ({ params }, reply) => {
    const job = jobs.get(params.id);
    reply.hijack();
    streamEvents(jobs, job, reply);
  });

  app.get<ById>("/v1/jobs/:id/result", jobDocs.result, async ({ params }, reply) => {
    const job = ended(jobs.get(params.id));
    return send(job, job.files[0]!, reply);
  });

  app.get<{ Params: { readonly id: string; readonly name: string } }>(
    "/v1/jobs/:id/results/:name",
    jobDocs.file,
    async ({ params }, reply) => {
      const job = ended(jobs.get(params.id));
      const file = job.files.find(({ name }) => name === params.name);
      if (!file)
        throw new Refusal(404, "no-such-file", `expected one of ${job.files.map(({ name }) => name).join(", ")}`);
      return send(job, file, reply);
    },
  );

  app.delete<ById>("/v1/jobs/:id", jobDocs.remove, async ({ params }, reply) => {
    const job = jobs.get(params.id);
    await jobs.cancel(job);
    const last = jobs.describe(job);
    await jobs.remove(job);
    return reply.send(last);
  });
}

/** The job if it has a result. Throws a Refusal if it has none (yet). */
function ended(job: RunningJob): RunningJob {
  if (job.state === "done") return job;
  if (!job.ended)
    throw new Refusal(409, "not-yet", `this job is ${job.state}; follow its events or ask again`, { retryAfter: 1 });
  throw job.refusal ?? new Refusal(409, job.state, `this job was ${job.state}`);
}

function send(job: RunningJob, { path, name, type, bytes }: ResultOnDisk, reply: FastifyReply) {
  reply.raw.once("finish", () => {
    if (reply.request.method === "GET") job.fetched = true; // HEAD receives no file
  });
  return reply
    .header("Content-Length", bytes)
    .header("Content-Disposition", `attachment; filename="${name}"`)
    .header("Cache-Control", "no-store")
    .type(type)
    .send(createReadStream(path));
}

/** Sends server-sent events until the job has ended or the client has gone. */
function streamEvents(jobs: Jobs, job: RunningJob, reply: FastifyReply): void {
  const { raw } = reply;
  raw.writeHead(200, {
    ...(reply.getHeaders() as Record<string, string>),
    "Content-Type": "text/event-stream; charset=utf-8",
    "Cache-Control": "no-store",
    "X-Accel-Buffering": "no",
  });
  let lastSentAt = 0;
  let later: NodeJS.Timeout | undefined;
  const heartbeat = setInterval(() => raw.write(": still there\n\n"), HEARTBEAT_MS);
  const stop = () => {
    clearInterval(heartbeat);
    clearTimeout(later);
    job.off("change", change);
  };
  const tell = () => {
    later = undefined;
    lastSentAt = performance.now();
    const name = job.ended ? job.state : "progress";
    raw.write(`event: ${name}\ndata: ${JSON.stringify(jobs.describe(job))}\n\n`);
    if (!job.ended) return;
    stop();
    raw.end();
  };
  const change = () => {
    clearTimeout(later);
    const wait = job.ended ? 0 : lastSentAt + MIN_MS - performance.now();
    if (wait <= 0) tell();
    else later = setTimeout(tell, wait);
  };
  job.on("change", change);
  tell();
  whenClosed(raw, stop);
}
