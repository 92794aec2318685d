/** @file The complete config of a run: what is trained, on what, how. One such file stands for one result. */
import * as z from "zod";
import { UnblurError } from "../base/errors.js";
import { problemsOf } from "../base/problems.js";
import { dataSchema } from "../data/config.js";
import { modelConfigSchema, SEEN } from "../restoration/model-config.js";
import { trainingSchema } from "./config.js";
import { objectiveSchema } from "./objectives/catalog.js";

export const runConfigSchema = z
  .strictObject({
    name: trainingSchema.shape.name,
    model: modelConfigSchema.describe("what the model is"),
    objective: objectiveSchema.describe("which part of it is trained, and by what loss"),
    predictorFrom: z
      .string()
      .nullable()
      .default(null)
      .describe(
        "run, model folder or name of a model with the trained predictor that an uncertainty or a diffusion of the residual builds on",
      ),
    uncertaintyFrom: z
      .string()
      .optional()
      .describe(
        'run, model folder or name of a model with the trained uncertainty that a diffusion with the scale "uncertainty" builds on',
      ),
    motionFrom: z
      .string()
      .nullable()
      .default(null)
      .describe(
        "run that trained the motion network as a predictor, or model folder or name of a model that has one; where the model has motion",
      ),
    startFrom: z
      .string()
      .nullable()
      .default(null)
      .describe(
        "run, model folder or name of a model whose weights of the trained part training starts with; null: freshly drawn ones",
      ),
    data: dataSchema,
    ...trainingSchema.omit({ name: true }).shape,
  })
  .superRefine(({ model, motionFrom, data }, context) => {
    if ((model.motion === null) !== (motionFrom === null))
      context.addIssue({
        code: "custom",
        message: model.motion
          ? "the model has motion: name its trained network under motionFrom"
          : "the model has no motion: leave out motionFrom",
      });
    const sees = model.predictor?.sees ?? "photo";
    const say = (message: string) => context.addIssue({ code: "custom", message });
    if (SEEN[sees].deconvolves !== (data.deconvolved !== undefined))
      say(
        `the predictor sees ${sees}: ${data.deconvolved ? "leave out data.deconvolved" : "describe data.deconvolved"}`,
      );
    else if (data.deconvolved && data.deconvolved.deconvolver !== model.predictor!.deconvolver)
      say(
        `the predictor's deconvolver is ${model.predictor!.deconvolver}: data.deconvolved.deconvolver must be the same, not ${data.deconvolved.deconvolver}`,
      );
  });
/** With every default filled in: what a run folder keeps. */
export type RunConfig = z.infer<typeof runConfigSchema>;

/** Validates with a message that names every field that is wrong; `where` names the file. Throws `config`. */
export function parseRunConfig(value: unknown, where: string): RunConfig {
  const result = runConfigSchema.safeParse(value);
  if (!result.success) throw new UnblurError("config", `${where}: ${problemsOf(result.error)}`);
  return result.data;
}
