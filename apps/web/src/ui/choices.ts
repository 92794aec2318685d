/**
 * @file The choices of the page: the settings of src/restoration/knobs.ts with their controls, and their form in a
 * link. A link never contains the photo.
 */
import * as z from "zod";
import { knobs } from "../../../../src/restoration/knobs.js";

export interface Choices {
  /** null: the model's default. */
  readonly steps: number | null;
  /** null: 1 if there are steps, else meaningless. */
  readonly realism: number | null;
  readonly samples: number;
  readonly seed: number;
  readonly stop: boolean;
  readonly keepTone: boolean;
  readonly restoreSharp: boolean;
  /** Fit the blur that turns the restoration back into the photo. */
  readonly check: boolean;
}
export type ChoiceName = keyof Choices;

/**
 * `step`: increment of a slider. `diffusion`: "takes" if choosing it needs diffusion steps, "without" if it has no
 * effect without them, null if it is independent of them.
 */
export type Control = {
  readonly name: ChoiceName;
  readonly label: string;
  readonly help: string;
  readonly diffusion: "takes" | "without" | null;
} & (
  | { readonly kind: "slider"; readonly min: number; readonly max: number; readonly step: number }
  | { readonly kind: "number" }
  | { readonly kind: "tick" }
);

const help = (schema: z.ZodType): string => schema.description ?? "";
const slider = (min: number, max: number, step: number) => ({ kind: "slider", min, max, step }) as const;

/** A page shows and keeps every picture, so it offers fewer steps and samples than the command line. */
export const CONTROLS: readonly Control[] = [
  { name: "steps", label: "Steps", help: help(knobs.steps), diffusion: null, ...slider(0, 20, 1) },
  { name: "realism", label: "Realism", help: help(knobs.realism), diffusion: "takes", ...slider(0, 1, 0.05) },
  { name: "samples", label: "Samples", help: help(knobs.samples), diffusion: "takes", ...slider(1, 8, 1) },
  { name: "seed", label: "Seed", help: help(knobs.seed), diffusion: "without", kind: "number" },
  {
    name: "stop",
    label: "Stop when settled",
    help: "Ends when a step changes the picture by less than a quarter of a level",
    diffusion: "takes",
    kind: "tick",
  },
  { name: "keepTone", label: "Keep tone", help: help(knobs.keepTone), diffusion: null, kind: "tick" },
  { name: "restoreSharp", label: "Sharp photos, too", help: help(knobs.restoreSharp), diffusion: null, kind: "tick" },
  {
    ...{ name: "check", label: "Check it against the photo", diffusion: null, kind: "tick" },
    help: "Fits the local blur that turns the restoration back into the photo",
  },
];

export const FIRST_CHOICES: Choices = {
  steps: null,
  realism: null,
  samples: knobs.samples.parse(undefined),
  seed: knobs.seed.parse(undefined),
  stop: false,
  keepTone: knobs.keepTone.parse(undefined),
  restoreSharp: knobs.restoreSharp.parse(undefined),
  check: false,
};

const most = (name: ChoiceName): number => {
  const control = CONTROLS.find((one) => one.name === name);
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
  steps: number(knobs.steps.unwrap(), "steps"),
  realism: number(knobs.realism.unwrap(), "realism"),
  samples: number(knobs.samples.unwrap(), "samples"),
  seed: number(knobs.seed.unwrap(), "seed"),
  ...{ stop: tick, keepTone: tick, restoreSharp: tick, check: tick },
});

/** Parses "#steps=8&keepTone=false". */
export function choicesFromHash(hash: string): Partial<Choices> {
  const given = schema.parse(Object.fromEntries(new URLSearchParams(hash.slice(1))));
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}

/** Only choices that differ from the page's defaults. */
export const hashFromChoices = (choices: Choices): string =>
  `#${new URLSearchParams(
    Object.entries(choices).flatMap(([name, value]) =>
      value === FIRST_CHOICES[name as ChoiceName] ? [] : [[name, String(value)]],
    ),
  )}`;
