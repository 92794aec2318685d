/**
 * @file The choices of the page: the settings of src/restoration/settings.ts with their controls, and their form in a
 * link, which is also how they are kept for the next visit. A link never contains the photo.
 */
import * as z from "zod";
import { DEFAULT_PRESET, PRESETS, type Preset, type PresetName } from "../../../../src/restoration/presets.js";
import { settingFields } from "../../../../src/restoration/settings.js";

export interface Choices {
  readonly preset: PresetName;
  /** null: the preset's. */
  readonly texture: number | null;
  readonly strength: number;
  /** null: the model's default. */
  readonly steps: number | null;
  readonly samples: number;
  readonly seed: number;
  readonly stop: boolean;
  readonly keepTone: boolean;
  readonly restoreSharp: boolean;
  /** Fit the blur that turns the restoration back into the photo. */
  readonly check: boolean;
  /** Keep pictures of every diffusion step. */
  readonly showSteps: boolean;
}
export type ChoiceName = keyof Choices;

/**
 * `step`: increment of a slider. `diffusion`: "takes" if choosing it needs diffusion steps, "without" if it has no
 * effect without them, null if it is independent of them.
 */
export type Control = {
  readonly name: Exclude<ChoiceName, "preset">;
  readonly label: string;
  readonly help: string;
  readonly diffusion: "takes" | "without" | null;
} & (
  | { readonly kind: "slider"; readonly min: number; readonly max: number; readonly step: number }
  | { readonly kind: "number" }
  | { readonly kind: "tick" }
);

const slider = (min: number, max: number, step: number) => ({ kind: "slider", min, max, step }) as const;

/** Shown at once, in percent. */
export const MAIN_CONTROLS: readonly (Control & { readonly kind: "slider" })[] = [
  {
    ...{ name: "texture", label: "Texture", diffusion: "takes", ...slider(0, 1, 0.05) },
    help: "Fine texture that is made up to suit the photo. Much of it shows as grain.",
  },
  {
    ...{ name: "strength", label: "Strength", diffusion: null, ...slider(0, 1, 0.05) },
    help: "How much of the correction is applied. It shows at once.",
  },
];

/** Folded away. A page shows and keeps every picture, so it offers fewer steps and samples than the command line. */
export const EXPERT_CONTROLS: readonly Control[] = [
  {
    ...{ name: "steps", label: "Diffusion steps", diffusion: null, ...slider(0, 20, 1) },
    help: "0 is the prediction alone. Texture needs steps; the models are made for 4.",
  },
  {
    ...{ name: "samples", label: "Samples", diffusion: "takes", ...slider(1, 8, 1) },
    help: "Restorations with different texture. They share one prediction.",
  },
  {
    ...{ name: "seed", label: "Seed", diffusion: "without", kind: "number" },
    help: "Another number draws another texture.",
  },
  {
    ...{ name: "stop", label: "Stop when settled", diffusion: "takes", kind: "tick" },
    help: "Ends when a step hardly changes the picture.",
  },
  {
    ...{ name: "keepTone", label: "Keep tone", diffusion: null, kind: "tick" },
    help: "Keeps the photo's brightness and colours.",
  },
  {
    ...{ name: "restoreSharp", label: "Restore sharp photos too", diffusion: null, kind: "tick" },
    help: "Otherwise a photo that looks sharp is left as it is.",
  },
  {
    ...{ name: "check", label: "Check against the photo", diffusion: null, kind: "tick" },
    help: "Fits the blur that turns the restoration back into the photo.",
  },
  {
    ...{ name: "showSteps", label: "Show every step", diffusion: "without", kind: "tick" },
    help: "Keeps pictures of the diffusion steps. It costs memory.",
  },
];

export const FIRST_CHOICES: Choices = {
  preset: DEFAULT_PRESET,
  texture: null,
  strength: settingFields.strength.parse(undefined),
  steps: null,
  samples: settingFields.samples.parse(undefined),
  seed: settingFields.seed.parse(undefined),
  stop: false,
  keepTone: settingFields.keepTone.parse(undefined),
  restoreSharp: settingFields.restoreSharp.parse(undefined),
  check: false,
  showSteps: false,
};

/** Texture: the preset's if the slider was not moved; 1 if steps are taken for another reason only. */
export const textureOf = ({ preset, texture, steps, samples, stop }: Choices): number => {
  const { texture: own }: Preset = PRESETS[preset];
  return texture ?? (steps === 0 ? 0 : (own ?? (steps || samples > 1 || stop ? 1 : 0)));
};

/** The choices after a change, with those that it contradicts taken back. */
export function changed(choices: Choices, change: Partial<Choices>): Choices {
  const next = { ...choices, ...change };
  if (change.preset) return { ...next, texture: null, steps: null };
  if (change.texture === 0) return { ...next, steps: null, samples: 1, stop: false };
  if (change.texture && next.steps === 0) return { ...next, steps: null };
  if (change.steps === 0) return { ...next, texture: null, samples: 1, stop: false };
  const takesSteps = (change.samples ?? 1) > 1 || change.stop || change.steps;
  return takesSteps && next.texture === 0 ? { ...next, texture: null } : next;
}

const most = (name: ChoiceName): number => {
  const control = EXPERT_CONTROLS.find((one) => one.name === name);
  return control?.kind === "slider" ? control.max : Number.MAX_SAFE_INTEGER;
};
const number = (schema: z.ZodNumber, name: ChoiceName) =>
  z.coerce
    .number()
    .pipe(schema.max(most(name)))
    .optional()
    .catch(undefined);
const tick = z
  .enum(["true", "false"])
  .transform((text) => text === "true")
  .optional()
  .catch(undefined);

/** Choices in a link, within the page's limits; anything invalid is dropped. */
const schema = z.object({
  preset: settingFields.preset.catch(undefined),
  texture: number(settingFields.texture.unwrap(), "texture"),
  /** Older name of texture. */
  realism: number(settingFields.realism.unwrap(), "texture"),
  strength: number(settingFields.strength.unwrap(), "strength"),
  steps: number(settingFields.steps.unwrap(), "steps"),
  samples: number(settingFields.samples.unwrap(), "samples"),
  seed: number(settingFields.seed.unwrap(), "seed"),
  ...{ stop: tick, keepTone: tick, restoreSharp: tick, check: tick, showSteps: tick },
});

/** Parses "#steps=8&keepTone=false". */
export function choicesFromHash(hash: string): Partial<Choices> {
  const { realism, ...given } = schema.parse(Object.fromEntries(new URLSearchParams(hash.slice(1))));
  const named = { ...given, texture: given.texture ?? realism };
  return Object.fromEntries(Object.entries(named).filter(([, value]) => value !== undefined));
}

/** Encodes the choices that differ from the page's defaults. */
export const hashFromChoices = (choices: Choices): string =>
  `#${new URLSearchParams(
    Object.entries(choices).flatMap(([name, value]) =>
      value === FIRST_CHOICES[name as ChoiceName] ? [] : [[name, String(value)]],
    ),
  )}`;

const STORAGE_KEY = "unblur-choices";

/** Storage is refused in some private windows; then nothing is kept. */
export function storedChoices(): Partial<Choices> {
  try {
    return choicesFromHash(localStorage.getItem(STORAGE_KEY) ?? "");
  } catch {
    return {};
  }
}

export function keepChoices(choices: Choices): void {
  try {
    localStorage.setItem(STORAGE_KEY, hashFromChoices(choices));
  } catch {
    // Private windows: the next visit starts with the defaults.
  }
}
