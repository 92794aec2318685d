/** @file How a run trains: the part of its config that does not depend on the model or the data. */
import * as z from "zod";
import { emaSchema } from "./ema.js";
import { learningRateSchema } from "./learning-rate.js";
import { optimiserSchema } from "./optimisers.js";

const NAME = /^[a-z0-9][a-z0-9._-]*$/i;

export const trainingSchema = z.strictObject({
  name: z
    .string()
    .regex(NAME, "letters, digits, dots, dashes and underscores only: it becomes part of a folder's name")
    .describe("what the run is called"),
  seed: z.int().min(0).default(0).describe("of initial weights, order and crops of the data, and noise"),
  steps: z.int().min(1).describe("steps of the whole run; the learning rate's schedule ends with them"),
  batchSize: z.int().min(1).describe("pairs a step"),
  optimiser: optimiserSchema,
  learningRate: learningRateSchema,
  maxGradNorm: z
    .number()
    .positive()
    .nullable()
    .default(null)
    .describe("gradients are scaled down to this norm, all together, if theirs is larger; null: never"),
  ema: emaSchema
    .nullable()
    .default(null)
    .describe("average of the weights over training, used for restoring; null: none"),
  checkpointEvery: z
    .strictObject({
      steps: z.int().min(1).default(5000).describe("steps between checkpoints"),
      minutes: z.number().positive().default(10).describe("minutes between checkpoints, if those are sooner"),
    })
    .prefault({}),
  samplesEvery: z.int().min(1).nullable().default(null).describe("steps between sample pictures; null: none"),
  keep: z.int().min(1).default(3).describe("how many checkpoints are kept, the newest"),
});
export type TrainingConfig = z.infer<typeof trainingSchema>;
