/**
 * @file The choices a person has for a restoration, as data: name, type, range, default and one line of explanation. The command line,
 * the HTTP API and the web page all read them from here.
 */
import * as z from "zod";
import { PRESET_NAMES, PRESETS } from "./presets.js";

export const knobs = {
  preset: z
    .enum(PRESET_NAMES)
    .optional()
    .describe(
      `Model and texture in a word: ${PRESET_NAMES.map((name) => `${name} (${PRESETS[name].summary})`).join("; ")}`,
    ),
  texture: z
    .number()
    .min(0)
    .max(1)
    .optional()
    .describe(
      "Fine texture that diffusion steps add: 0 none, 1 most, with grain in smooth areas (default: the preset's)",
    ),
  strength: z
    .number()
    .min(0)
    .max(1)
    .default(1)
    .describe("Share of the correction that is applied: 0 gives the photo, 1 the restoration"),
  steps: z
    .int()
    .min(0)
    .max(10_000)
    .optional()
    .describe(
      "Diffusion steps: more texture, further from the truth; 0 for the prediction alone (default: the model's)",
    ),
  realism: z
    .number()
    .min(0)
    .max(1)
    .optional()
    .describe(
      "Older name of texture: 0 (the mean, the same for every seed) to 1 (a sample, crisp); above 0 it needs diffusion steps",
    ),
  stop: z
    .enum(["settled"])
    .optional()
    .describe(
      "settled: end when a step changes the picture by less than 0.25 levels of 255 on average; needs diffusion steps, as realism does",
    ),
  keepTone: z
    .boolean()
    .default(true)
    .describe("Brightness and colours over some 64 px stay those of the photo; only detail is restored"),
  samples: z
    .int()
    .min(1)
    .max(1000)
    .default(1)
    .describe("Number of different restorations of each photo; two or more need diffusion steps, as realism does"),
  restoreSharp: z
    .boolean()
    .default(false)
    .describe("Also restore photos that are already sharp; by default they are copied unchanged"),
  seed: z
    .int()
    .min(0)
    .default(0)
    .describe("Random seed of the diffusion steps: the same seed gives the same restoration"),
} as const;
