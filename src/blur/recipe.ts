/**
 * @file A recipe for blurring sharp photographs at random, as part of a training configuration. One schema gives types
 * and defaults.
 */
import * as z from "zod";
import { LIGHT_CURVES, type LightCurve } from "./light.js";

/** [least, most], drawn uniformly. */
const range = (least: number, most = Number.MAX_VALUE) =>
  z
    .tuple([z.number().min(least).max(most), z.number().min(least).max(most)])
    .refine(([low, high]) => low <= high, "the first number must not be greater than the second");

const weight = z.number().nonnegative().default(1).describe("how often, relative to the other kinds");
const LENGTH = range(0.1, 400).describe("length of the path in pixels");

const kernelSchema = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("camera-shake"),
    weight,
    lengthPx: LENGTH,
    anxiety: range(0, 1).default([0, 0.02]).describe("how much the direction changes"),
    steps: z.int().min(2).max(100_000).default(500),
  }),
  z.strictObject({ kind: z.literal("linear"), weight, lengthPx: LENGTH }),
  z.strictObject({ kind: z.literal("defocus"), weight, radiusPx: range(0.1, 200) }),
  z.strictObject({ kind: z.literal("gaussian"), weight, blurSigmaPx: range(0.05, 100) }),
  z.strictObject({ kind: z.literal("random-walk"), weight, sizePx: z.int().min(5).max(201).default(37) }),
  z
    .strictObject({
      kind: z.literal("given"),
      weight,
      rows: z.array(z.array(z.number().nonnegative()).min(1)).min(1).describe("values from the top row down; any sum"),
    })
    .refine(({ rows }) => rows.every((row) => row.length === rows[0]!.length), "all rows must have the same length")
    .refine(({ rows }) => rows.some((row) => row.some((value) => value > 0)), "one value at least must be above 0"),
  z.strictObject({ kind: z.literal("none"), weight }),
]);

const curves = Object.keys(LIGHT_CURVES) as [LightCurve, ...LightCurve[]];

export const blurRecipeSchema = z.strictObject({
  kernels: z
    .array(kernelSchema)
    .min(1)
    .refine((kernels) => kernels.some(({ weight }) => weight > 0), "one kernel at least must have a weight above 0")
    .describe("kinds of kernels, one of which is drawn by weight where neither scene nor shake is; required"),
  scene: z
    .strictObject({
      probability: z.number().min(0).max(1),
      lengthPx: LENGTH,
      bend: range(0, 1)
        .default([0, 0.15])
        .describe("distance of a path's middle from its chord, relative to the chord's length"),
      gradientPx: range(0, 100)
        .default([0, 4])
        .describe("change of the motion in pixels from the middle of the patch to its corners"),
      instants: range(1, 99).default([7, 13]).describe("number of averaged instants; even numbers are made odd"),
      object: z
        .number()
        .min(0)
        .max(1)
        .default(0.5)
        .describe("probability that an object in the picture moves on its own"),
    })
    .optional()
    .describe("average of a few instants of a moving camera and object, instead of a kernel"),
  shake: z
    .strictObject({
      probability: z.number().min(0).max(1),
      lengthPx: LENGTH,
      turnPx: range(0, 400).describe("path in pixels by which turning alone moves the patch's corners"),
      anxiety: range(0, 1).default([0, 0.02]).describe("how much the direction changes"),
    })
    .optional()
    .describe("hand shake that also turns the camera, instead of a kernel: the blur varies over the patch"),
  light: z
    .array(z.strictObject({ curve: z.enum(curves), weight }))
    .min(1)
    .refine((light) => light.some(({ weight }) => weight > 0), "one curve at least must have a weight above 0")
    .default([{ curve: "gamma2.2", weight: 1 }])
    .describe("curve that is undone before the blur and applied again after it"),
  saturation: z
    .strictObject({
      probability: z.number().min(0).max(1),
      gain: range(1, 100).describe("light of the brightest pixels, as a multiple of white"),
      threshold: z.number().gt(0).lt(1).default(0.9).describe("light above which a pixel counts as clipped"),
    })
    .optional()
    .describe("lights brighter than white, which are clipped after the blur"),
  downsample: z
    .int()
    .min(1)
    .max(16)
    .default(1)
    .describe("the paper's s: after the blur, s x s pixels become one, their mean"),
  shotNoise: z
    .strictObject({ probability: z.number().min(0).max(1), photonsAtWhite: range(1) })
    .optional()
    .describe("Poisson noise of the light"),
  noiseSigma: range(0, 1)
    .default([0, 0])
    .describe("Gaussian noise of the encoded values; 1 is white, so 0.01 is 2.55 of 255"),
  noiseGrainPx: range(0, 3)
    .optional()
    .describe("standard deviation in pixels of the Gaussian that the noise is smoothed with, as demosaicing does"),
  sharpening: z
    .strictObject({
      probability: z.number().min(0).max(1),
      amount: range(0, 5).describe("share of the detail that is added once more"),
      radiusPx: range(0.3, 5).default([0.5, 1.5]).describe("standard deviation of the unsharp mask's Gaussian"),
    })
    .optional()
    .describe("unsharp mask after noise, as cameras apply it"),
});

/** A complete recipe with defaults filled in. */
export type BlurRecipe = z.output<typeof blurRecipeSchema>;
/** A recipe as written in a file. */
export type BlurRecipeInput = z.input<typeof blurRecipeSchema>;
export type KernelRecipe = BlurRecipe["kernels"][number];
