/** @file The view of the queue and its figures, at the service that hands out to it. */
import { expect, test } from "vitest";
import { serviceOptionsSchema } from "../../apps/server/options.js";
import { lacks } from "../machine.js";
import { startQueuedService } from "./queued-service.js";

const TOKEN = "a-token-of-some-length";
const basic = { Authorization: `Basic ${Buffer.from(`anybody:${TOKEN}`).toString("base64")}` };
const bearer = { Authorization: `Bearer ${TOKEN}` };

test.skipIf(lacks("redis"))(
  "the view of the queue is for who has the token, and asks nothing of other sites",
  async () => {
    const service = await startQueuedService(
      serviceOptionsSchema.parse({ port: 0, model: "fast", logLevel: "silent", stopSeconds: 0, token: TOKEN }),
    );
    const get = (path: string, headers: Record<string, string> = {}, method = "GET") =>
      fetch(`${service.url}${path}`, { headers, method });
    for (const path of ["/queue", "/queue/", "/queue/api/queues", "/queue/static/favicon.ico", "/%71ueue/api/queues"]) {
      const answer = await get(path);
      expect([path, answer.status, answer.headers.get("www-authenticate")]).toEqual([
        ...[path, 401, 'Basic realm="unblur", charset="UTF-8"'],
      ]);
    }
    expect((await get("/queue/", { Authorization: `Basic ${Buffer.from("a:wrong").toString("base64")}` })).status).toBe(
      401,
    );
    expect((await get("/v1/models", basic)).status).toBe(401);
    const page = await (await get("/queue", basic)).text();
    expect(page).toContain("<title>unblur</title>");
    expect(page).not.toMatch(/https?:|<%/);
    const scripts = [...page.matchAll(/src="(static\/js\/[^"]+)"/g)].map((found) => found[1]!);
    expect(scripts.length).toBeGreaterThan(0);
    for (const script of scripts) expect((await get(`/queue/${script}`, basic)).status).toBe(200);
    const { queues } = (await (await get("/queue/api/queues", bearer)).json()) as { queues: { name: string }[] };
    expect(queues.map(({ name }) => name)).toEqual(["unblur"]);
    expect((await get("/queue/api/queues/unblur/obliterate", bearer, "PUT")).status).toBe(404);

    const metrics = await (await get("/metrics", bearer)).text();
    expect(metrics).toContain('unblur_queue_jobs{state="waiting"} 0');
    expect(metrics).toContain("unblur_queue_workers 1");
    await service.stop();
  },
);
