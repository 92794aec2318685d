/** @file What goes over the wire, version 1: schemas that the routes, the OpenAPI description and the client share. */
import * as z from "zod";
import { IMAGE_FORMATS, type ImageFormat } from "../../src/images/photo.js";
import { knobs } from "../../src/restoration/knobs.js";

const formats = Object.keys(IMAGE_FORMATS) as [ImageFormat, ...ImageFormat[]];

/** What a request may choose, in the query or as fields of a form: the knobs of the command line, a model and a format. */
export const settingFields = {
  model: z
    .string()
    .optional()
    .meta({ description: "Name of a model of /v1/models; when left out the preset's, or the server's own" }),
  ...knobs,
  check: z.boolean().default(false).describe("Fit the local blur that turns the restoration back into the photo"),
  format: z.enum(formats).optional().describe("Format of the result; the photo's own when left out"),
} as const;
export const settingsSchema = z.strictObject(settingFields);
export type Settings = z.infer<typeof settingsSchema>;
export type SettingsInput = z.input<typeof settingsSchema>;

export const problemSchema = z.object({
  error: z.object({
    code: z.string().describe("For programs: queue-full, too-many-pixels, media-type, ..."),
    message: z.string().describe("For people: what was expected, what came, what to do"),
  }),
});
export type Problem = z.infer<typeof problemSchema>;

export const progressSchema = z.object({
  done: z.number().describe("Windows computed"),
  total: z.number(),
  stage: z.string(),
  secondsLeft: z.number().nullable(),
});
export type JobProgress = z.infer<typeof progressSchema>;

export const resultFileSchema = z.object({
  name: z.string().describe("The first one is the restoration, or the first of several"),
  type: z.string(),
  bytes: z.number(),
  url: z.string(),
});
export type ResultFile = z.infer<typeof resultFileSchema>;

export const JOB_STATES = ["queued", "running", "done", "failed", "cancelled"] as const;
export type JobState = (typeof JOB_STATES)[number];

export const jobSchema = z.object({
  id: z.string(),
  state: z.enum(JOB_STATES),
  width: z.number(),
  height: z.number(),
  ahead: z.number().describe("Jobs that are to run before this one"),
  progress: progressSchema.nullable(),
  outcome: z
    .object({
      sharp: z.boolean().describe("The photo was sharp already, and the result is the photo itself"),
      seconds: z.number(),
      warnings: z.array(z.string()).describe("What the format of the result could not keep"),
      explains: z.number().nullable().describe("With check: dB between the photo and the restoration blurred again"),
      files: z.array(resultFileSchema),
    })
    .nullable()
    .describe("Once it is done"),
  error: problemSchema.shape.error.nullable().describe("Once it has failed"),
});
export type Job = z.infer<typeof jobSchema>;

export const modelSchema = z.object({
  name: z.string(),
  summary: z.string(),
  license: z.string(),
  steps: z.number().describe("Diffusion steps by default"),
  parameters: z.number(),
});
export const modelsSchema = z.object({ models: z.array(modelSchema), default: z.string() });
export type Models = z.infer<typeof modelsSchema>;

export const statusSchema = z.object({ status: z.enum(["ok", "ready", "stopping", "no-room"]) });

export const isEnd = (state: JobState): boolean => state !== "queued" && state !== "running";
