/** @file Config of training: the part of a run's config that does not depend on the model or the data. */
import * as z from "zod";
import { emaSchema } from "./ema.js";
import { learningRateSchema } from "./learning-rate.js";
import { optimiserSchema } from "./optimisers.js";
import { roundsSchema } from "./rounds/outer-step.js";
import { validationSchema } from "./validation.js";

const NAME = /^[a-z0-9][a-z0-9._-]*$/i;

export const trainingSchema = z.strictObject({
  name: z
    .string()
    .max(100)
    .regex(NAME, "letters, digits, dots, dashes and underscores only: it becomes part of a folder's name")
    .describe("name of the run"),
  seed: z.int().min(0).default(0).describe("seed of initial weights, order and crops of the data, and noise"),
  steps: z.int().min(1).describe("steps of the whole run, over which the learning rate's schedule extends"),
  batchSize: z.int().min(1).describe("pairs per step"),
  optimiser: optimiserSchema,
  learningRate: learningRateSchema,
  maxGradNorm: z
    .number()
    .positive()
    .nullable()
    .default(null)
    .describe("largest global norm of the gradients, to which larger ones are scaled down; null: no clipping"),
  ema: emaSchema
    .nullable()
    .default(null)
    .describe("exponential moving average of the weights, used for restoring; null: none"),
  checkpointEvery: z
    .strictObject({
      steps: z.int().min(1).default(5000).describe("steps between checkpoints"),
      minutes: z
        .number()
        .positive()
        .default(10)
        .describe("minutes between checkpoints, if they pass before those steps"),
    })
    .prefault({}),
  samplesEvery: z.int().min(1).nullable().default(null).describe("steps between sample pictures; null: none"),
  validation: validationSchema
    .optional()
    .describe(
      "measures on other pairs during training: registered PSNR and SSIM, LPIPS and DISTS where their weights are imported",
    ),
  keep: z.int().min(1).default(3).describe("number of newest checkpoints that are kept"),
  rounds: roundsSchema
    .optional()
    .describe("training over several machines (--queue): local steps and the step between them; left out: one machine"),
});
