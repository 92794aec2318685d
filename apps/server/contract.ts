/** @file Wire format, version 1: schemas shared by the routes, the OpenAPI description and the client. */
import * as z from "zod";
import { IMAGE_FORMATS, type ImageFormat } from "../../src/images/photo.js";
import { settingFields as restorationFields } from "../../src/restoration/settings.js";

const formats = Object.keys(IMAGE_FORMATS) as [ImageFormat, ...ImageFormat[]];

/** A request cannot choose the sampler. */
const { sampler: _, ...offeredFields } = restorationFields;

/** Fields of a request, in the query or a form: settings of the restoration, the model, the check and the format. */
export const settingFields = {
  model: z
    .string()
    .optional()
    .meta({ description: "Name of a model listed by /v1/models; default: the preset's, or else the server's" }),
  ...offeredFields,
  check: z.boolean().default(false).describe("Fit the local blur that maps the restoration to the photo"),
  format: z.enum(formats).optional().describe("Format of the result; default: the photo's"),
} as const;
export const settingsSchema = z.strictObject(settingFields);
export type Settings = z.infer<typeof settingsSchema>;
export type SettingsInput = z.input<typeof settingsSchema>;

export const problemSchema = z.object({
  error: z.object({
    code: z.string().describe("Code for programs: queue-full, too-many-pixels, media-type, ..."),
    message: z.string().describe("Message for people: the expected value, the given value and the remedy"),
  }),
});
export type Problem = z.infer<typeof problemSchema>;

export const progressSchema = z.object({
  done: z.number().describe("Work done; only its share of the total has a meaning"),
  total: z.number(),
  stage: z.string(),
  secondsLeft: z.number().nullable(),
});
export type JobProgress = z.infer<typeof progressSchema>;

const resultFileSchema = z.object({
  name: z.string().describe("Name of the file; the first file is the (first) restoration"),
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
  ahead: z.number().describe("Number of jobs that run before this one"),
  progress: progressSchema.nullable(),
  outcome: z
    .object({
      sharp: z.boolean().describe("true: the photo was already sharp, and the result is the photo itself"),
      seconds: z.number(),
      warnings: z.array(z.string()).describe("Properties of the photo that the result's format cannot hold"),
      explains: z
        .number()
        .nullable()
        .describe("With check: PSNR in dB between the photo and the re-blurred restoration"),
      files: z.array(resultFileSchema),
    })
    .nullable()
    .describe("Set when the job is done"),
  error: problemSchema.shape.error.nullable().describe("Set when the job has failed"),
});
export type Job = z.infer<typeof jobSchema>;

const modelSchema = z.object({
  name: z.string(),
  summary: z.string(),
  license: z.string(),
  steps: z.number().describe("Default number of diffusion steps"),
  scale: z.number().describe("Results have so many times the photo's width and height"),
  parameters: z.number(),
});
export const modelsSchema = z.object({ models: z.array(modelSchema), default: z.string() });
export type Models = z.infer<typeof modelsSchema>;

export const statusSchema = z.object({ status: z.enum(["ok", "ready", "stopping", "no-room", "no-queue"]) });

export const isEnd = (state: JobState): boolean => state !== "queued" && state !== "running";
