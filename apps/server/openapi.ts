/** @file OpenAPI 3.1 description of the service, from the schemas that its routes and the command line use. */
import swagger from "@fastify/swagger";
import swaggerUi from "@fastify/swagger-ui";
import type { FastifyInstance, RouteShorthandOptions } from "fastify";
import * as z from "zod";
import { IMAGE_FORMATS } from "../../src/images/photo.js";
import { jobSchema, modelsSchema, problemSchema, settingFields, settingsSchema, statusSchema } from "./contract.js";

const json = (schema: z.ZodType) => {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io: "input", unrepresentable: "any" });
  return rest;
};

const REFUSALS = {
  400: "the request is malformed",
  401: "the token is missing or wrong",
  403: "the request comes from a page of another site",
  404: "the job or file does not exist",
  408: "the request did not arrive in time",
  409: "the job has no result, because it runs or was cancelled",
  413: "too many bytes or pixels",
  415: "not a photo of a known format, or not of the declared format",
  421: "the host name is missing or is not this machine's",
  422: "the photo or a setting is not valid",
  429: "this client has reached its limit of unfinished photos",
  500: "the restoration crashed; others are not affected",
  503: "all places are taken, or the server is stopping",
  507: "the server's disk is full",
} as const;
type Status = keyof typeof REFUSALS;
/** Statuses of every route that needs the token. */
const ANY = [401, 403, 421] as const;

const refusals = (...statuses: readonly Status[]) =>
  Object.fromEntries(
    statuses.map((status) => [
      status,
      { description: REFUSALS[status], content: { "application/json": { schema: json(problemSchema) } } },
    ]),
  );

const body = (description: string, types: Readonly<Record<string, object>>) => ({
  description,
  content: Object.fromEntries(Object.entries(types).map(([type, schema]) => [type, { schema }])),
});

const binary = { type: "string", format: "binary" } as const;
const photos = Object.fromEntries(Object.keys(IMAGE_FORMATS).map((format) => [`image/${format}`, binary]));
const anyFile = { ...photos, "text/html": binary, "application/octet-stream": binary };

/**
 * Schemas for the description only: `readSettings` parses and checks the texts, with better messages than the
 * framework's.
 */
const docs = (operationId: string, summary: string, schema: object): RouteShorthandOptions => ({
  schema: { operationId, summary, ...schema } as RouteShorthandOptions["schema"] & object,
  validatorCompiler: () => (value) => ({ value }),
  serializerCompiler: () => (value) => JSON.stringify(value),
});

const UPLOADS = {
  restore: { summary: "Restore a small photo in one request", success: { 200: body("The restoration", photos) } },
  submit: {
    summary: "Submit a photo as a job",
    success: { 202: body("The job; its address is in Location", { "application/json": json(jobSchema) }) },
  },
} as const;

export const uploadSchema = (operation: keyof typeof UPLOADS): RouteShorthandOptions => {
  const { summary, success } = UPLOADS[operation];
  return docs(operation, summary, {
    querystring: json(settingsSchema),
    response: { ...success, ...refusals(400, ...ANY, 408, 413, 415, 422, 429, 500, 503, 507) },
  });
};

const form = json(
  z.object({
    photo: z.string().meta({ format: "binary", description: "The photo" }),
    mask: z.string().optional().meta({ format: "binary", description: "Mask of the photo's size; white is restored" }),
    ...settingFields,
  }),
);

/** Description of the upload body: the framework supports one content type per body, these routes accept several. */
const UPLOAD_BODY = {
  required: true,
  content: Object.fromEntries([
    ...Object.entries(photos).map(([type, schema]) => [type, { schema }]),
    ["application/octet-stream", { schema: binary }],
    ["multipart/form-data", { schema: form }],
  ]),
};

const id = { params: json(z.object({ id: z.string().describe("Id from the response to the submission") })) };
const asJson = (description: string, schema: z.ZodType) => body(description, { "application/json": json(schema) });
const noSuchJob = refusals(...ANY, 404);

export const jobDocs = {
  status: docs("job", "State of a job", { ...id, response: { 200: asJson("The job", jobSchema), ...noSuchJob } }),
  events: docs(
    "events",
    "Follow a job by server-sent events, each with the job as JSON; the last state is done, failed or cancelled",
    {
      ...id,
      response: { 200: body("Events", { "text/event-stream": { type: "string" } }), ...noSuchJob },
    },
  ),
  result: docs("result", "The restoration, or the first of several", {
    ...id,
    response: { 200: body("The restoration", photos), ...noSuchJob, ...refusals(409, 422, 500) },
  }),
  file: docs("file", "A file of the result", {
    params: json(z.object({ id: z.string(), name: z.string().describe("Name from the job's outcome") })),
    response: { 200: body("The file", anyFile), ...noSuchJob, ...refusals(409, 422, 500) },
  }),
  remove: docs("cancel", "Stop a job, and delete it with its photo and results", {
    ...id,
    response: { 200: asJson("The last state of the job", jobSchema), ...noSuchJob },
  }),
};

export const aboutDocs = {
  models: docs("models", "Models that requests can name", {
    response: { 200: asJson("All models", modelsSchema), ...refusals(...ANY) },
  }),
  health: docs("health", "Whether the server is alive", {
    response: { 200: asJson("The server is alive", statusSchema), ...refusals(403, 421) },
  }),
  ready: docs("ready", "Whether the server accepts photos", {
    response: {
      200: asJson("The server accepts photos", statusSchema),
      503: asJson("The server is stopping, or its disk is full", statusSchema),
      ...refusals(403, 421),
    },
  }),
  metrics: docs("metrics", "Counters and times for Prometheus", {
    response: { 200: body("Metrics", { "text/plain": { type: "string" } }), ...refusals(...ANY) },
  }),
};

interface Description {
  readonly paths?: Readonly<Record<string, Readonly<Record<string, object>>>>;
}

/** Adds /openapi.json, and /docs to read and try it. Register before the routes. */
export async function describeService(app: FastifyInstance, version: string, token: boolean): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: "3.1.0",
      info: {
        ...{ title: "unblur", version, license: { name: "MIT", identifier: "MIT" } },
        description: "Restores photos that a shaking camera or a moving subject has blurred.",
      },
      ...(token
        ? { components: { securitySchemes: { token: { type: "http", scheme: "bearer" } } }, security: [{ token: [] }] }
        : {}),
    },
    transformObject: (document) => {
      const description = ("openapiObject" in document ? document.openapiObject : {}) as Description;
      for (const path of ["/v1/restore", "/v1/jobs"])
        Object.assign(description.paths?.[path]?.post ?? {}, { requestBody: UPLOAD_BODY });
      return description as object;
    },
  });
  await app.register(swaggerUi, { routePrefix: "/docs" });
  app.get("/openapi.json", { schema: { hide: true } }, () => app.swagger());
}
