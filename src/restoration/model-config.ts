/**
 * @file The description of a model: a predictor, a diffusion, or both. Training, checkpoints and restoration share it.
 *
 * - motion before a predictor: finds and undoes what moved; its result is an input of the predictor.
 * - uncertainty beside a predictor: how far it is off at each pixel, the scale of what a diffusion draws.
 * - deconvolution alone: no network.
 * - blur alone: a generator that blurs sharp photos to train on, and restores none.
 * - knownKernel alone: a network that is given the kernel of the blur, for --kernel-filter.
 * - predictor alone: an ordinary deblurring network, x = P(y).
 * - diffusion of the image: the paper's conditional DDPM, x drawn given y.
 * - predictor and diffusion of the residual: x = P(y) + scale * r, r drawn given [y, P(y)].
 * - diffusion of the photo's residual: x = y + scale * r, r drawn given y; with the schedule "bridge" a bridge from the
 *   photo.
 */
import * as z from "zod";
import { DECONVOLVER_NAMES } from "../deconvolution/deconvolver-name.js";
import { RESPONSES } from "../deconvolution/hypotheses/response.js";
import { PREDICTIONS } from "../diffusion/predictions.js";
import { processSchema } from "../diffusion/process.js";
import { ENLARGEMENTS } from "../images/enlarge.js";
import { NOISE_CHANNELS } from "../networks/blur-noise.js";
import { KERNEL_ARCHITECTURES, type NetworkConfig, networkConfigSchema } from "../networks/catalog.js";
import { samplerSchema } from "../samplers/catalog.js";
import { spacingSchema } from "../samplers/spacing.js";
import { startSchema } from "../samplers/start.js";

/** Possible inputs of a network, three channels each, in the order of its channels. */
export const INPUTS = ["photo", "motion", "deconvolution", "residual"] as const;
export type InputName = (typeof INPUTS)[number];

const inputsSchema = <const Name extends InputName>(names: readonly Name[]) => z.array(z.enum(names)).min(1).readonly();

const predictorConfigSchema = z.strictObject({
  network: networkConfigSchema,
  inputs: inputsSchema(INPUTS)
    .default(["photo"])
    .describe(
      "what the network is given, in this order: the photo, the motion network's picture, the photo's blind deconvolution, and the residual, what the deconvolution blurred again leaves of the photo",
    ),
  deconvolver: z
    .enum(DECONVOLVER_NAMES)
    .default("single")
    .describe("how the deconvolution is made: by one estimate of the blur, or by the best of several hypotheses"),
  keepsMotion: z
    .boolean()
    .default(false)
    .describe(
      "the motion network's picture is the result where the prediction does not use the deconvolution; needs both as inputs",
    ),
});

/** A network before the predictor, whose result is an input of the predictor: [3 or 6 channels] -> 3. */
const motionConfigSchema = z.strictObject({
  network: networkConfigSchema,
  inputs: inputsSchema(["photo", "deconvolution"])
    .default(["photo", "deconvolution"])
    .describe("the photo alone, as in published networks, or also its blind deconvolution"),
  yields: z
    .boolean()
    .default(false)
    .describe(
      "where the estimates of the blur agree, the deconvolution takes the place of the network's picture; needs the deconvolver hypotheses",
    ),
});

const finePxSchema = z.number().positive().max(100).nullable().default(null);

/**
 * Schema of an uncertainty network: photo and prediction, [6, H, W] -> logarithm of a standard deviation, [1 or 3, H,
 * W].
 */
export const uncertaintyConfigSchema = z.strictObject({
  network: networkConfigSchema,
  finePx: finePxSchema.describe(
    "it is about the fine detail of the predictor's error, what a Gaussian of this standard deviation removes; null: all of it",
  ),
});

/** A model without networks: blind deconvolution of the photo is the restoration (src/deconvolution/hypotheses). */
const deconvolutionConfigSchema = z.strictObject({
  response: z
    .enum(RESPONSES)
    .nullable()
    .default(null)
    .describe("camera response of the photos: a gamma curve, or linear (encoded); null: estimated for each photo"),
});

/** A generator that blurs (DBGAN's BGAN): sharp photo and noise map, [3 + 4, H, W] -> blurry photo, [3, H, W]. */
const blurConfigSchema = z.strictObject({ network: networkConfigSchema });

/** Photo and kernel of its blur, [3, H, W] and [1, k, k] -> restored photo, [3, H, W]. */
const knownKernelConfigSchema = z.strictObject({ network: networkConfigSchema });

export const diffusionConfigSchema = z.strictObject({
  network: networkConfigSchema,
  prediction: z.enum(PREDICTIONS).describe("what the network predicts"),
  schedule: processSchema.describe("how noise grows: a schedule of steps, or an SDE"),
  scale: z
    .union([z.number().positive(), z.literal("uncertainty")])
    .default(1)
    .describe(
      "what diffuses is divided by this: the standard deviation of the predictor's error, or 1 for the image itself; \"uncertainty\": that of each pixel, which the model's uncertainty predicts",
    ),
  ofPhoto: z
    .boolean()
    .default(false)
    .describe("what diffuses is the difference from the blurry photo, not the image; without a predictor only"),
  finePx: finePxSchema.describe(
    "only the fine detail of the difference diffuses: what a Gaussian of this standard deviation removes; the rest stays as predicted",
  ),
  clip: z.boolean().default(true).describe("clip the estimate of the sharp image to [-1, 1] in every step"),
});

/** More steps than any schedule has. */
const MAX_STEPS = 100_000;

export const samplingConfigSchema = z.strictObject({
  sampler: samplerSchema,
  spacing: spacingSchema,
  start: startSchema.default("gaussian"),
  steps: z.int().nonnegative().max(MAX_STEPS).describe("default number of steps; 0 for the predictor alone"),
  byDefault: z
    .boolean()
    .optional()
    .describe(
      "whether diffusion steps are the default (true); false: only if steps, samples, realism, stop or a sampler are given",
    ),
});

/**
 * Earlier versions named the inputs in words under `sees`, with the motion network's result in the deconvolution's
 * place.
 */
const EARLIER_INPUTS: Readonly<Record<string, readonly InputName[]>> = {
  photo: ["photo"],
  "photo and deconvolution": ["photo", "deconvolution"],
  "photo, motion and deconvolution": ["photo", "motion", "deconvolution"],
  "photo, motion, deconvolution and residual": INPUTS,
};

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null;

/** Converts `sees` to `inputs` in a network's description. Unknown values are left for the schema to refuse. */
function withInputs(described: unknown, instead: (inputs: readonly InputName[]) => readonly InputName[]): unknown {
  if (!isObject(described) || typeof described.sees !== "string" || !Object.hasOwn(EARLIER_INPUTS, described.sees))
    return described;
  const { sees: given, ...rest } = described;
  return { ...rest, inputs: instead(EARLIER_INPUTS[given as string]!) };
}

/** Converts a description of an earlier version to the current form. */
function fromEarlier(model: unknown): unknown {
  if (!isObject(model)) return model;
  const { motion, predictor } = model;
  const replaced = (inputs: readonly InputName[]): readonly InputName[] =>
    inputs.length === 2 && motion ? ["photo", "motion"] : inputs;
  return {
    ...model,
    ...(motion === undefined ? {} : { motion: withInputs(motion, (inputs) => inputs) }),
    ...(predictor === undefined ? {} : { predictor: withInputs(predictor, replaced) }),
  };
}

const listed = (names: readonly InputName[]): string => names.join(", ");

/** Returns whether a model needs the blind deconvolution of the photo. */
export const deconvolves = ({ predictor }: Pick<ModelConfig, "predictor">): boolean =>
  predictor !== null && predictor.inputs.length > 1;

/** How many times larger the network's result is than its input, in each direction. */
export const scaleOf = (network: NetworkConfig): number => ("scale" in network ? network.scale : 1);

/** Returns whether a network is given the kernel of the blur. */
const takesKernel = ({ architecture }: NetworkConfig): boolean =>
  KERNEL_ARCHITECTURES.some((name) => name === architecture);

/** Channels of a sharp photo and its noise map. */
const BLUR_CHANNELS = 3 + NOISE_CHANNELS;

/** Channels of a network's input. */
function inChannelsOf(network: NetworkConfig): number {
  if ("inChannels" in network) return network.inChannels;
  return network.architecture === "blur-generator" ? BLUR_CHANNELS : 3;
}

const outChannelsOf = (network: NetworkConfig): number => ("outChannels" in network ? network.outChannels : 3);

const describedModelSchema = z
  .strictObject({
    scale: z
      .literal(ENLARGEMENTS)
      .optional()
      .describe(
        "the result has so many times the photo's width and height: a predictor of this scale enlarges it, or bicubic interpolation does before any network; left out: the photo's size",
      ),
    motion: motionConfigSchema
      .nullable()
      .default(null)
      .describe(
        "network in front of the predictor that undoes local motion; its result takes the place of the deconvolution",
      ),
    predictor: predictorConfigSchema.nullable().default(null),
    uncertainty: uncertaintyConfigSchema.optional().describe("predicts how far the predictor is off at each pixel"),
    deconvolution: deconvolutionConfigSchema.optional().describe("used instead of networks"),
    blur: blurConfigSchema
      .optional()
      .describe("generator that blurs a sharp photo by a noise map; a model with it restores nothing"),
    knownKernel: knownKernelConfigSchema
      .optional()
      .describe("restores a photo of which the kernel of the blur is given; a model with it has no other part"),
    diffusion: diffusionConfigSchema.nullable().default(null),
    sampling: samplingConfigSchema.nullable().default(null),
  })
  .superRefine((model, context) => {
    const { scale, motion, predictor, uncertainty, deconvolution, blur, knownKernel, diffusion, sampling } = model;
    const say = (message: string) => context.addIssue({ code: "custom", message });
    for (const [part, described] of Object.entries({ motion, predictor, uncertainty, blur, diffusion }))
      if (described && takesKernel(described.network))
        say(
          `${described.network.architecture} is given the kernel of the blur: describe it under knownKernel, not under ${part}`,
        );
    if (knownKernel) {
      if (scale || motion || predictor || uncertainty || deconvolution || blur || diffusion || sampling)
        say("a model that is given the kernel has one network: leave out knownKernel, or all other parts");
      if (!takesKernel(knownKernel.network))
        say(
          `the network of knownKernel must be one of ${KERNEL_ARCHITECTURES.join(", ")}, not ${knownKernel.network.architecture}`,
        );
      return;
    }
    if (blur) {
      if (scale || motion || predictor || uncertainty || deconvolution || diffusion || sampling)
        say("a model that blurs restores nothing: leave out blur, or all other parts");
      const [given, gives] = [inChannelsOf(blur.network), outChannelsOf(blur.network)];
      if (given !== BLUR_CHANNELS || gives !== 3 || scaleOf(blur.network) !== 1)
        say(
          `the blur network is given a sharp photo and ${NOISE_CHANNELS} channels of noise: inChannels must be ${BLUR_CHANNELS} and outChannels 3, not ${given} and ${gives}`,
        );
      return;
    }
    if (deconvolution && (motion || predictor || diffusion))
      say("deconvolution cannot be combined with motion, predictor or diffusion: leave one or the other out");
    if (!predictor && !diffusion && !deconvolution)
      say("a model needs a predictor, a diffusion or both; or blur, knownKernel or deconvolution alone");
    if ((diffusion === null) !== (sampling === null))
      say("diffusion and sampling belong together: give both or neither");
    if (!predictor && sampling?.byDefault === false) say("byDefault false needs a predictor: leave out byDefault");
    if (!predictor && sampling?.steps === 0) say("without a predictor, steps must be at least 1");
    const enlarges = predictor ? scaleOf(predictor.network) : 1;
    if (enlarges !== 1 && enlarges !== scale)
      say(`the predictor enlarges by ${enlarges}: the model's scale must be ${enlarges}, not ${scale ?? "left out"}`);
    for (const [part, described] of Object.entries({ motion, uncertainty, diffusion }))
      if (described && scaleOf(described.network) !== 1)
        say(`only a predictor can enlarge: the scale of the ${part} network must be 1`);
    if (scale && (motion || deconvolution || (predictor && predictor.inputs.length > 1)))
      say("a model that enlarges is given the photo alone: leave out scale, or motion and deconvolution");
    if (predictor && diffusion?.ofPhoto)
      say("with a predictor the difference from its prediction diffuses: leave out ofPhoto, or the predictor");
    if (sampling?.start === "zero" && !predictor && !diffusion?.ofPhoto)
      say('start "zero" is an image of mid grey here: it is for what diffuses around the photo or a prediction');
    for (const [name, described] of [
      ["predictor", predictor],
      ["motion network", motion],
    ] as const) {
      if (!described) continue;
      const inputs: readonly InputName[] = described.inputs;
      const ordered = INPUTS.filter((one) => inputs.includes(one));
      if (inputs[0] !== "photo" || listed(inputs) !== listed(ordered))
        say(
          `the ${name}'s inputs must be some of ${listed(INPUTS)}, in this order, the photo first: got ${listed(inputs)}`,
        );
      const given = inChannelsOf(described.network);
      const channels = 3 * inputs.length;
      if (given !== channels)
        say(`the inputs of the ${name} are ${listed(inputs)}: inChannels must be ${channels}, not ${given}`);
    }
    const inputs = predictor?.inputs ?? [];
    const residual = inputs.includes("residual");
    if (residual && !inputs.includes("deconvolution"))
      say("a residual is that of the deconvolution: add deconvolution to the predictor's inputs");
    if (residual && predictor!.deconvolver !== "hypotheses")
      say(`a residual needs the deconvolver hypotheses, not ${predictor!.deconvolver}`);
    if (motion && !inputs.includes("motion"))
      say("motion is for a predictor that is given its result: add motion to the predictor's inputs");
    if (motion?.yields && (!inputs.includes("deconvolution") || predictor!.deconvolver !== "hypotheses"))
      say(
        "a motion network yields to the deconvolver hypotheses: add deconvolution to the predictor's inputs, or leave out yields",
      );
    if (predictor?.keepsMotion && !(inputs.includes("motion") && inputs.includes("deconvolution")))
      say("keepsMotion compares motion with deconvolution: add both to the predictor's inputs, or leave it out");
    if (!motion && inputs.includes("motion"))
      say("the predictor is given the result of a motion network: describe one under motion");
    if (diffusion && diffusion.finePx !== null && !predictor && !diffusion.ofPhoto)
      say("finePx is about a difference: it needs a predictor, or ofPhoto");
    if (uncertainty) {
      const { network } = uncertainty;
      const [given, gives] = [inChannelsOf(network), outChannelsOf(network)];
      if (!predictor) say("uncertainty is about a predictor's error: describe a predictor, or leave out uncertainty");
      if (given !== 6)
        say(`the uncertainty network is given the photo and the prediction: inChannels must be 6, not ${given}`);
      if (gives !== 1 && gives !== 3)
        say(
          `the uncertainty network gives one value for each pixel or colour: outChannels must be 1 or 3, not ${gives}`,
        );
      if (diffusion && diffusion.scale !== "uncertainty")
        say('the model has uncertainty: set the diffusion\'s scale to "uncertainty", or leave out uncertainty');
      else if (diffusion && diffusion.finePx !== uncertainty.finePx)
        say(
          `the uncertainty is about what diffuses: its finePx must be the diffusion's, ${diffusion.finePx}, not ${uncertainty.finePx}`,
        );
    } else if (diffusion?.scale === "uncertainty")
      say('scale "uncertainty" needs a network that predicts it: describe uncertainty, or give a number');
    const expected = predictor ? 9 : 6;
    // Networks published as predictors take the photo alone.
    const given = diffusion && inChannelsOf(diffusion.network);
    if (diffusion && given !== expected) {
      say(
        `the diffusion network is given ${predictor ? "the photo, the prediction and x_t" : "the photo and x_t"}: inChannels must be ${expected}`,
      );
    }
  });

/** Schema of models, which also reads those of earlier versions. */
export const modelConfigSchema = z.preprocess(fromEarlier, describedModelSchema);

/** Returns a model's default number of diffusion steps. */
export const defaultSteps = ({ sampling }: Pick<ModelConfig, "sampling">): number =>
  sampling?.byDefault === false ? 0 : (sampling?.steps ?? 0);

export type ModelConfig = z.infer<typeof describedModelSchema>;
export type UncertaintyConfig = z.infer<typeof uncertaintyConfigSchema>;
export type DiffusionConfig = z.infer<typeof diffusionConfigSchema>;
export type SamplingConfig = z.infer<typeof samplingConfigSchema>;

/** The networks a model may have; each has weights of its own. */
export const PARTS = ["motion", "predictor", "uncertainty", "diffusion", "blur", "knownKernel"] as const;
export type Part = (typeof PARTS)[number];
