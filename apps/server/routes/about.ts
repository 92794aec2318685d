/** @file Routes about the service: models, health, readiness, metrics. */
import type { FastifyInstance } from "fastify";
import { listModels } from "../../../platform/node/models/list-models.js";
import type { Models } from "../contract.js";
import type { Metrics } from "../metrics.js";
import { aboutDocs } from "../openapi.js";

export interface About {
  readonly model: string;
  readonly metrics: Metrics;
  state(): Promise<"ready" | "stopping" | "no-room" | "no-queue">;
}

async function models(own: string): Promise<Models> {
  const listed = await listModels();
  return {
    default: own,
    models: listed.flatMap((model) =>
      "problem" in model
        ? []
        : [
            {
              ...{
                name: model.name,
                summary: model.summary,
                license: model.license,
                steps: model.steps,
                scale: model.scale,
              },
              parameters: model.parts.reduce((sum, { parameters }) => sum + parameters, 0),
            },
          ],
    ),
  };
}

export function aboutRoutes(app: FastifyInstance, { model, metrics, state }: About): void {
  app.get("/v1/models", aboutDocs.models, () => models(model));
  app.get("/health", aboutDocs.health, async () => ({ status: "ok" }));
  app.get("/ready", aboutDocs.ready, async (_, reply) => {
    const status = await state();
    return reply.code(status === "ready" ? 200 : 503).send({ status });
  });
  app.get("/metrics", aboutDocs.metrics, async (_, reply) =>
    reply.type(metrics.registry.contentType).send(await metrics.registry.metrics()),
  );
}
