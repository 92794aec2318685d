/** @file The settings of the library's calls as types: those of the one schema, so that one that has no effect does not compile. */
import { argumentError, UnblurError } from "../base/errors.js";
import type { RestorationSettings } from "../restoration/settings.js";

/**
 * Settings of a restoration by an open model. Names, ranges and defaults are those of `settingsSchema`; a field that is
 * left out has its default, or the model's own value. `preset` names a model, so `restore` alone takes it, and `realism`
 * is the older name of `texture`.
 */
export interface Settings extends Omit<RestorationSettings, "preset" | "realism"> {}

/** Settings that need diffusion steps. */
export type NeedsSteps = "texture" | "sampler" | "samples" | "stop";

/** Progress of a restoration or of a download. */
export interface Progress {
  /** Work done and in all; `total` is an estimate while a sampler chooses its steps as it goes. */
  readonly done: number;
  /** Work in all. */
  readonly total: number;
  /** What is happening, for people: "predicting", "step 2 of 4". */
  readonly stage: string;
}

/** Settings of `run`, and what it needs beside them. `Source`: the forms of a picture. */
export interface RunOptions<Source> extends Settings {
  /** Picture of the photo's size: white is restored, black stays to the bit. */
  readonly mask?: Source | undefined;
  /** Stops the restoration; the call rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** Options of a model's `restore`. */
export interface RestoreOptions<Source> extends RunOptions<Source> {
  /** Called while the restoration proceeds. */
  readonly onProgress?: ((progress: Progress) => void) | undefined;
}

/**
 * `Given` where each of its options exists in `Known` and has an effect: with `steps: 0`, no setting may need diffusion
 * steps.
 */
export type Applicable<Given, Known> = Given & {
  readonly [Name in Exclude<keyof Given, keyof Known>]: never;
} & (Given extends { readonly steps: 0 } ? { readonly [Name in NeedsSteps]?: undefined } : unknown);

/** The name of a model. `expected`: what else a platform takes. Throws `argument` for what is no text. */
export function givenModelName(model: unknown, expected: string): string {
  if (typeof model === "string") return model;
  throw argumentError("open", `expected the name of a model, or ${expected}`, model);
}

/** The error of a model that does not exist. `known`: the models that do. */
export const unknownModel = (model: string, known: string): UnblurError =>
  new UnblurError("argument", `model "${model}": expected one of ${known}`);

/**
 * The options of a call; none for undefined. Throws `argument` for null, for what is no object, and for a callback (an
 * option such as `onProgress`) that is no function.
 */
export function givenOptions<Options extends object>(call: string, options: Options | undefined): Partial<Options> {
  if (options === undefined) return {};
  if (typeof options !== "object" || options === null)
    throw argumentError(call, "expected options as an object, or none", options);
  for (const [name, value] of Object.entries(options))
    if (/^on[A-Z]/.test(name) && value !== undefined && value !== null && typeof value !== "function")
      throw argumentError(`${call}: ${name}`, "expected a function", value);
  return options;
}
