/** @file The complete config of a run: model, data and training. One such file stands for one result. */
import * as z from "zod";
import { UnblurError } from "../base/errors.js";
import { problemsOf } from "../base/problems.js";
import { dataSchema } from "../data/config.js";
import { deconvolves, modelConfigSchema, scaleOf } from "../restoration/model-config.js";
import { trainingSchema } from "./config.js";
import { objectiveSchema } from "./objectives/catalog.js";

/** The schema of a run's config: fields, defaults and what they mean. */
export const runConfigSchema = z
  .strictObject({
    name: trainingSchema.shape.name,
    model: modelConfigSchema.describe("description of the model"),
    objective: objectiveSchema.describe("the part of the model that is trained, and its loss"),
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
        "run that trained the motion network as a predictor, or model folder or name of a model that has one; required if the model has motion",
      ),
    startFrom: z
      .string()
      .nullable()
      .default(null)
      .describe("run, model folder or name of a model whose weights initialise the trained part; null: random weights"),
    data: dataSchema,
    ...trainingSchema.omit({ name: true }).shape,
  })
  .superRefine(({ model, objective, motionFrom, data, validation }, context) => {
    if ((model.motion === null) !== (motionFrom === null))
      context.addIssue({
        code: "custom",
        message: model.motion
          ? "the model has motion: name its trained network under motionFrom"
          : "the model has no motion: leave out motionFrom",
      });
    const say = (message: string) => context.addIssue({ code: "custom", message });
    const blurs = objective.kind === "blur";
    if (blurs !== (model.blur !== undefined))
      say(`objective.kind "blur" trains model.blur, and nothing else does: ${blurs ? "describe it" : "leave it out"}`);
    if (data.sources.some(({ layout }) => (layout === "unpaired") !== blurs))
      say(
        blurs
          ? 'a generator that blurs learns from unpaired photos: each source must have the layout "unpaired"'
          : 'unpaired photos train a generator that blurs: use another layout than "unpaired", or objective.kind "blur"',
      );
    if (blurs && validation) say("validation measures restorations, and this model restores none: leave it out");
    const given = objective.kind === "knownKernel";
    if (given !== (model.knownKernel !== undefined))
      say(
        `objective.kind "knownKernel" trains model.knownKernel, and nothing else does: ${given ? "describe it" : "leave it out"}`,
      );
    if (given !== (data.kernels === true))
      say(
        given
          ? "data.kernels: expected true for a network that is given the kernel; set it"
          : "data.kernels: it is for a network that is given the kernel (model.knownKernel); leave it out",
      );
    if (given && validation) say("validation has pairs without kernels: leave it out for a network that is given one");
    const { scale } = model;
    if (scale && model.predictor && scaleOf(model.predictor.network) > 1)
      say(
        "a predictor that enlarges by itself can be imported but not trained: set its network's scale to 1, and it is given the enlarged photo",
      );
    else if (scale && !data.sources.some((source) => source.layout === "photos" && source.blur.downsample === scale))
      say(`the model enlarges by ${scale}: one source at least must have blur.downsample ${scale}`);
    if (deconvolves(model) !== (data.deconvolved !== undefined))
      say(
        `the predictor's inputs are ${model.predictor?.inputs.join(", ") ?? "none"}: ${data.deconvolved ? "leave out data.deconvolved" : "describe data.deconvolved"}`,
      );
    else if (data.deconvolved && data.deconvolved.deconvolver !== model.predictor!.deconvolver)
      say(
        `the predictor's deconvolver is ${model.predictor!.deconvolver}: data.deconvolved.deconvolver must be the same, not ${data.deconvolved.deconvolver}`,
      );
  });
/** A config with every default filled in, as a run folder keeps it. */
export interface RunConfig extends z.infer<typeof runConfigSchema> {}

/** A config as it is written: a field with a default may be left out. */
export interface RunConfigInput extends z.input<typeof runConfigSchema> {}

/** Validates a config. Throws `config` with a message that names the wrong fields; `where` names the file. */
export function parseRunConfig(value: unknown, where: string): RunConfig {
  const result = runConfigSchema.safeParse(value);
  if (!result.success) throw new UnblurError("config", `${where}: ${problemsOf(result.error)}`);
  return result.data;
}
