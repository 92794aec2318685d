/** @file What a training run draws its patches from, as data: a mix of sources with weights. */
import * as z from "zod";
import { blurRecipeSchema } from "../blur/recipe.js";
import { DECONVOLVER_NAMES } from "../deconvolution/deconvolver-name.js";
import { BLUR_KINDS } from "./layouts/catalog.js";

const common = {
  path: z.string().describe("folder, relative to the data folder that the command names"),
  weight: z.number().nonnegative().default(1).describe("how often it is drawn from, relative to the other sources"),
  exclude: z.array(z.string()).default([]).describe("patterns with * of files to leave out"),
};

const pairOptions = {
  ...common,
  noiseSigma: z
    .tuple([z.number().min(0), z.number().min(0)])
    .default([0, 0])
    .describe("Gaussian noise added to the blurry patch, [least, most], 1 is white"),
};

export const sourceSchema = z.discriminatedUnion("layout", [
  z.strictObject({ layout: z.literal("gopro"), ...pairOptions, blurKind: z.enum(BLUR_KINDS).default("blur_gamma") }),
  z.strictObject({ layout: z.literal("realblur"), ...pairOptions }),
  z.strictObject({ layout: z.literal("pairs"), ...pairOptions }),
  z.strictObject({
    layout: z.literal("photos"),
    ...common,
    blur: blurRecipeSchema,
    misalignPx: z
      .int()
      .min(0)
      .max(16)
      .default(0)
      .describe(
        "how many pixels the sharp patch may lie beside the centre of the blur, along its motion: as in filmed pairs, whose sharp frame is one instant of the exposure",
      ),
  }),
  z.strictObject({
    layout: z.literal("frames"),
    ...common,
    frames: z
      .tuple([z.int().min(1), z.int().min(1)])
      .default([7, 13])
      .describe("how many frames are averaged, [least, most]"),
    light: z.enum(["encoded", "gamma2.2", "srgb"]).default("gamma2.2").describe("the curve undone before averaging"),
    noiseSigma: pairOptions.noiseSigma,
  }),
]);
export type SourceConfig = z.infer<typeof sourceSchema>;

export const dataSchema = z.strictObject({
  sources: z
    .array(sourceSchema)
    .min(1)
    .refine((sources) => sources.some(({ weight }) => weight > 0), "one source at least must have a weight above 0"),
  patchPx: z.int().positive().describe("side of a patch"),
  augment: z.boolean().default(true).describe("flip and transpose patches at random"),
  candidates: z
    .int()
    .min(1)
    .default(1)
    .describe("places tried for each patch; the one with most texture in the sharp photo is taken (1: the first)"),
  jpeg: z
    .strictObject({
      probability: z.number().min(0).max(1),
      quality: z
        .tuple([z.int().min(1).max(100), z.int().min(1).max(100)])
        .refine(([low, high]) => low <= high, "the first number must not be greater than the second"),
    })
    .optional()
    .describe("blurry patches stored as JPEG and read again, as most photos are; quality is [least, most]"),
  deconvolved: z
    .strictObject({
      scenes: z.int().positive().describe("how many blurry pictures are made; patches are parts of them"),
      deconvolver: z
        .enum(DECONVOLVER_NAMES)
        .default("single")
        .describe("how they are deconvolved; the model's predictor says the same"),
      sidePx: z.int().min(64).default(448).describe("their side; blur is estimated from the whole of each"),
      plain: z
        .number()
        .min(0)
        .max(1)
        .default(0.1)
        .describe("share of patches whose deconvolution is the photo itself, as where none can be had"),
      seed: z
        .int()
        .nonnegative()
        .nullable()
        .default(null)
        .describe("of the scenes; null: the run's. Runs with the same sources and this seed share them"),
    })
    .optional()
    .describe(
      "for a predictor that sees the photo and its deconvolution: a fixed number of pictures, since estimating a blur takes seconds; each is made when it is first drawn, and kept in the cache",
    ),
  onBadFile: z
    .enum(["skip", "refuse"])
    .default("skip")
    .describe("what to do about a file that cannot be read or does not fit its partner"),
});
export type DataConfig = z.infer<typeof dataSchema>;
