/**
 * @file A job as stored on the queue's server: references to files, settings, and everything that makes a repeated run
 * give the same bytes. It holds no pictures, no secrets and no paths of one machine.
 */
import { createHash } from "node:crypto";
import * as z from "zod";
import { MODEL_NAME } from "../../platform/node/models/model-folders.js";
import type { OutputPlan } from "../../platform/node/photos/output-paths.js";
import { UnblurError } from "../../src/base/errors.js";
import { problemsOf } from "../../src/base/problems.js";
import { IMAGE_FORMATS, type ImageFormat } from "../../src/images/photo.js";
import { samplerSchema } from "../../src/samplers/catalog.js";
import { settingsSchema } from "../server/contract.js";

const formats = Object.keys(IMAGE_FORMATS) as [ImageFormat, ...ImageFormat[]];
const reference = z.string().min(1).max(4096);

/** A plan of outputs (`output-paths.ts`) with references in the place of paths. */
const planSchema = z.strictObject({
  input: reference,
  outputs: z.array(reference).min(1),
  format: z.enum(formats).nullable(),
  summary: z
    .strictObject({
      ...{ mean: reference, uncertainty: reference, deviation: reference, contact: reference, sheet: reference },
    })
    .nullable(),
  kernels: reference.nullable(),
});

const taskSchema = z.strictObject({
  plan: planSchema,
  mask: reference.nullable(),
  settings: settingsSchema.extend({ model: z.string().regex(MODEL_NAME), sampler: samplerSchema.optional() }),
  name: z.string(),
  command: z.string(),
  overwrite: z.boolean(),
});

export const jobSchema = z.strictObject({
  /** Version of the program; another version may give other bytes. */
  version: z.string(),
  /** Start of the SHA-256 of the model's description and weights. */
  checksum: z.string(),
  /** Id of the store that the references belong to. */
  store: z.string(),
  task: taskSchema,
  decodeSeconds: z.number().positive(),
  jobSeconds: z.number().positive(),
  /** Path of the photo next to which a result is recorded, so that it is not computed twice; null: not recorded. */
  photo: z.strictObject({ bytes: z.number(), modifiedSeconds: z.number() }).nullable(),
});
export type JobData = z.output<typeof jobSchema>;

/** Throws `config`. */
export function parseJob(data: unknown): JobData {
  const result = jobSchema.safeParse(data);
  if (result.success) return result.data;
  throw new UnblurError(
    "config",
    `the job: ${problemsOf(result.error)}; hand out and work with one version of the program`,
  );
}

export interface JobResult {
  /** References. */
  readonly files: readonly string[];
  readonly sharp: boolean;
  readonly seconds: number;
  readonly warnings: readonly string[];
  readonly explains: number | null;
  /** False if the result existed already. */
  readonly computed: boolean;
  /** Name of the worker. */
  readonly worker: string;
}

/** Event sent by a worker while a job runs, as BullMQ's progress. */
export type JobEvent =
  | { readonly type: "progress"; readonly done: number; readonly total: number; readonly stage: string }
  /** The worker refuses this job, which waits for another worker. */
  | { readonly type: "refused"; readonly why: string };

/** The plan with each path converted. */
export async function mapPlan(plan: OutputPlan, convert: (path: string) => Promise<string>): Promise<OutputPlan> {
  const { input, outputs, format, summary, kernels } = plan;
  return {
    input: await convert(input),
    outputs: await Promise.all(outputs.map(convert)),
    format,
    summary: summary && {
      mean: await convert(summary.mean),
      uncertainty: await convert(summary.uncertainty),
      deviation: await convert(summary.deviation),
      contact: await convert(summary.contact),
      sheet: await convert(summary.sheet),
    },
    kernels: kernels === null ? null : await convert(kernels),
  };
}

/** Short text of everything that determines a result's bytes: equal for the same photo and settings. */
export function fingerprintOf({ version, checksum, task, photo }: JobData): string {
  const { plan, mask, settings } = task;
  const text = JSON.stringify([version, checksum, plan, mask, sorted(settings), photo]);
  return createHash("sha256").update(text).digest("hex").slice(0, 32);
}

const sorted = (value: object) => Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
