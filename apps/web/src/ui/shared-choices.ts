/** @file Choices in the page's address, after the #, so that a link carries them. Never the photo. */
import { z } from "zod";
import { knobs } from "../../../../src/restoration/knobs.js";

/** What a link may carry, within the knobs' own bounds; what is not understood is left out. */
const schema = z.object({
  steps: z.coerce.number().pipe(knobs.steps.unwrap()).optional().catch(undefined),
  realism: z.coerce.number().pipe(knobs.realism.unwrap()).optional().catch(undefined),
  samples: z.coerce.number().pipe(knobs.samples.unwrap().max(8)).optional().catch(undefined),
  seed: z.coerce.number().pipe(knobs.seed.unwrap()).optional().catch(undefined),
});
export type SharedChoices = { readonly [K in keyof z.infer<typeof schema>]?: number };

/** From "#steps=8&seed=3". */
export function choicesFromHash(hash: string): SharedChoices {
  const given = schema.parse(Object.fromEntries(new URLSearchParams(hash.slice(1))));
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}

/** Choices that are null are the model's own, and are left out. */
export const hashFromChoices = (choices: Readonly<Record<string, number | null>>): string =>
  `#${new URLSearchParams(
    Object.entries(choices).flatMap(([name, value]) => (value === null ? [] : [[name, String(value)]])),
  )}`;
