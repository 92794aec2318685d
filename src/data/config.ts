/** @file Sources of a training run's patches, as data: a weighted mix. */
import * as z from "zod";
import { kernelsReach } from "../blur/draw-blur.js";
import { blurRecipeSchema } from "../blur/recipe.js";
import { DECONVOLVER_NAMES } from "../deconvolution/deconvolver-name.js";
import { ENLARGEMENTS } from "../images/enlarge.js";
import { BLUR_KINDS } from "./layouts/catalog.js";

const common = {
  path: z.string().describe("folder, relative to the data folder given to the command"),
  weight: z.number().nonnegative().default(1).describe("frequency relative to the other sources"),
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
        "largest shift in pixels of the sharp patch from the centre of the blur, along its motion, as in filmed pairs, whose sharp frame is one instant of the exposure",
      ),
  }),
  z.strictObject({
    layout: z.literal("frames"),
    ...common,
    frames: z
      .tuple([z.int().min(1), z.int().min(1)])
      .default([7, 13])
      .describe("number of averaged frames, [least, most]"),
    light: z
      .enum(["encoded", "gamma2.2", "srgb"])
      .default("gamma2.2")
      .describe("camera curve that is inverted before averaging"),
    noiseSigma: pairOptions.noiseSigma,
  }),
  z.strictObject({
    layout: z.literal("unpaired"),
    ...common,
    blurredPath: z
      .string()
      .describe(
        "folder of really blurred photos, relative to the data folder; path names the folder of sharp photos of other things",
      ),
  }),
]);
export type SourceConfig = z.infer<typeof sourceSchema>;

/** Fields that keep the blur of a patch from being one kernel, centred on the patch, with what to do. */
function withoutOneKernel(source: SourceConfig): readonly (readonly [field: string, advice: string])[] {
  if (source.layout !== "photos") return [["layout", "use photos"]];
  const { scene, shake, downsample } = source.blur;
  return [
    ...(scene ? [["blur.scene", "leave it out"] as const] : []),
    ...(shake ? [["blur.shake", "leave it out"] as const] : []),
    ...(downsample === 1 ? [] : [["blur.downsample", "use 1"] as const]),
    ...(source.misalignPx === 0 ? [] : [["misalignPx", "leave it out"] as const]),
  ];
}

/** Side in pixels of the square that holds every kernel of the sources: odd. */
export const kernelSidePx = ({ sources }: Pick<DataConfig, "sources">): number =>
  1 + 2 * Math.max(1, ...sources.map((source) => (source.layout === "photos" ? kernelsReach(source.blur) : 0)));

export const dataSchema = z
  .strictObject({
    sources: z
      .array(sourceSchema)
      .min(1)
      .refine((sources) => sources.some(({ weight }) => weight > 0), "one source at least must have a weight above 0"),
    patchPx: z.int().positive().describe("side of a patch in pixels"),
    augment: z.boolean().default(true).describe("flip and transpose patches at random"),
    candidates: z
      .int()
      .min(1)
      .default(1)
      .describe("number of places tried per patch, of which the one with the most texture in the sharp photo is used"),
    jpeg: z
      .strictObject({
        probability: z.number().min(0).max(1),
        quality: z
          .tuple([z.int().min(1).max(100), z.int().min(1).max(100)])
          .refine(([low, high]) => low <= high, "the first number must not be greater than the second"),
      })
      .optional()
      .describe("compress and decompress blurry patches as JPEG, the format of most photos; quality is [least, most]"),
    grey: z
      .number()
      .min(0)
      .max(1)
      .default(0)
      .describe("probability of a pair without colour: each pixel is the mean of its channels, as in grey photos"),
    deconvolved: z
      .strictObject({
        scenes: z.int().positive().describe("number of blurry pictures, from which patches are cropped"),
        deconvolver: z
          .enum(DECONVOLVER_NAMES)
          .default("single")
          .describe("method of blind deconvolution; must be that of the model's predictor"),
        sidePx: z.int().min(64).default(448).describe("side of a picture in pixels; blur is estimated from all of it"),
        plain: z
          .number()
          .min(0)
          .max(1)
          .default(0.1)
          .describe(
            "share of patches with the photo itself in place of the deconvolution, as in photos where it fails",
          ),
        seed: z
          .int()
          .nonnegative()
          .nullable()
          .default(null)
          .describe(
            "seed of the pictures; null: the run's. Runs with the same sources and seed can share prepared scenes",
          ),
      })
      .optional()
      .describe(
        "blind deconvolutions for a predictor that takes them as input. Estimating blur takes seconds, so the number of pictures is fixed; `unblur prepare` computes them, or `unblur train` before its first step",
      ),
    kernels: z
      .boolean()
      .optional()
      .describe(
        "each patch comes with the kernel of its blur, for a network that is given it; sources must be photos whose blur is a kernel",
      ),
    onBadFile: z
      .enum(["skip", "refuse"])
      .default("skip")
      .describe("handling of a file that cannot be read or does not match its partner"),
  })
  .superRefine(({ sources, patchPx, deconvolved, jpeg, kernels }, context) => {
    if (kernels && deconvolved)
      context.addIssue({
        code: "custom",
        message: "a network that is given the kernel needs no blind deconvolution: leave out data.deconvolved",
      });
    for (const [i, source] of sources.entries())
      for (const [field, advice] of kernels ? withoutOneKernel(source) : [])
        context.addIssue({
          code: "custom",
          path: ["sources", i, ...field.split(".")],
          message: `${advice}: with data.kernels the blur of each patch is one kernel`,
        });
    if (sources.some(({ layout }) => layout === "unpaired") && (jpeg || deconvolved))
      context.addIssue({
        code: "custom",
        message: `the look of really blurred patches is to be learned: leave out data.${jpeg ? "jpeg" : "deconvolved"}, or use other sources than unpaired photos`,
      });
    for (const [i, source] of sources.entries()) {
      const s = source.layout === "photos" ? source.blur.downsample : 1;
      const say = (message: string) =>
        context.addIssue({ code: "custom", path: ["sources", i, "blur", "downsample"], message });
      if (s > 1 && !(ENLARGEMENTS as readonly number[]).includes(s))
        say(`photos can be enlarged by ${ENLARGEMENTS.join(", ")}, not by ${s}`);
      else if (patchPx % s !== 0) say(`patchPx must be a multiple of ${s}, not ${patchPx}`);
      if (s > 1 && deconvolved) say("smaller photos have no deconvolution: leave out data.deconvolved, or use 1");
    }
  });
export type DataConfig = z.infer<typeof dataSchema>;
