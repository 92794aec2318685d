/**
 * @file The settings of a restoration: name, type, range, default and help of each. The command line, the library, the
 * HTTP API, the page and evaluation read this schema and pass its value on as one.
 */
import * as z from "zod";
import { UnblurError } from "../base/errors.js";
import { problemsOf } from "../base/problems.js";
import { expected, isFlag } from "../base/schema-text.js";
import { samplerSchema } from "../samplers/catalog.js";
import { PRESET_NAMES, PRESETS, presetSettings } from "./presets.js";

export const settingFields = {
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
  scale: z
    .int()
    .min(1)
    .max(8)
    .optional()
    .describe(
      "Enlarge the restored photo by 2, 3, 4 or 8 in each direction, with an installed model of that scale (default: the model's)",
    ),
  steps: z
    .int()
    .min(0)
    .max(10_000)
    .optional()
    .describe(
      "Diffusion steps: more texture, further from the truth; 0 for the prediction alone (default: the model's)",
    ),
  sampler: samplerSchema.optional().describe("Sampler (default: the model's)"),
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
      "settled: end when a step changes the picture by less than 0.25 levels of 255 on average; needs diffusion steps, as --texture above 0 does",
    ),
  keepTone: z
    .boolean()
    .default(true)
    .describe(
      "Brightness and colours over some 64 px, and flat places, stay those of the photo; only detail is restored",
    ),
  samples: z
    .int()
    .min(1)
    .max(1000)
    .default(1)
    .describe(
      "Number of different restorations of each photo; two or more need diffusion steps, as --texture above 0 does",
    ),
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

export const settingsSchema = z.object(settingFields);

/**
 * Settings as a caller gives them. A field that is left out has its default, or the model's own value.
 *
 * `texture`, formerly `realism`, scales the variance of the sample: 1 samples the posterior, 0 gives its mean. With a
 * predictor, the sampled residual is multiplied by sqrt(texture), so 0 is the prediction; without one, all noise of the
 * sampler is. With an exact denoiser both are the same. `stop: "settled"` ends with the first step whose estimate
 * differs from the one before by less than `SETTLED_LEVELS` on average, counted from levels with as much signal as
 * noise on.
 */
export interface RestorationSettings extends Readonly<z.input<typeof settingsSchema>> {}

/** Settings with all defaults filled in; `realism` is the value of texture, its older name or the preset. */
export type FullSettings = Omit<z.output<typeof settingsSchema>, "texture">;

/**
 * Fills in the defaults. Ignores unknown fields. Throws `argument` for the first invalid value, and for texture
 * together with realism.
 */
export function readSettings(given: RestorationSettings): FullSettings {
  const result = settingsSchema.safeParse(given);
  if (result.success) {
    const { texture: _, ...settings } = result.data;
    return { ...settings, realism: presetSettings(result.data).realism };
  }
  const name = result.error.issues[0]!.path[0] as keyof typeof settingFields;
  const schema = settingFields[name];
  const problem =
    name === "sampler"
      ? problemsOf(result.error)
      : `${name}: expected ${isFlag(schema) ? "true or false" : expected(schema)}, got ${String(given[name])}`;
  throw new UnblurError("argument", `restore: ${problem}`);
}
