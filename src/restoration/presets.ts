/** @file Presets: a model and its texture under a word that describes the result. Every interface reads them here. */
import { checkChoice, UnblurError } from "../base/errors.js";

export interface Preset {
  readonly label: string;
  /** Purpose, in one clause. */
  readonly summary: string;
  /** Name of a packaged model. */
  readonly model: string;
  /** Factor of the variance of the sampled texture; null for the prediction alone, without diffusion steps. */
  readonly texture: number | null;
}

export const PRESETS = {
  fast: { label: "Fast", summary: "a first look, in a fifth of the time", model: "fast", texture: null },
  natural: { label: "Natural", summary: "clean and true to the photo", model: "default", texture: null },
  detailed: { label: "Detailed", summary: "natural, with fine texture added", model: "default", texture: 0.5 },
} as const satisfies Record<string, Preset>;

export type PresetName = keyof typeof PRESETS;
export const PRESET_NAMES = Object.keys(PRESETS) as [PresetName, ...PresetName[]];
/** The default preset. */
export const DEFAULT_PRESET: PresetName = "natural";

interface Asked {
  readonly preset?: PresetName | undefined;
  readonly model?: string | undefined;
  readonly steps?: number | undefined;
  readonly texture?: number | undefined;
  /** Older name of `texture`. */
  readonly realism?: number | undefined;
}

export interface PresetSettings {
  /** undefined if neither the preset nor the caller names one. */
  readonly model: string | undefined;
  readonly realism: number | undefined;
}

/**
 * Returns model and realism: the given values, else those of the preset. Throws `argument` for an unknown preset, and for
 * texture and realism together.
 */
export function presetSettings({ preset, model, steps, texture, realism }: Asked): PresetSettings {
  if (texture !== undefined && realism !== undefined)
    throw new UnblurError("argument", "texture and realism are the same setting: expected one of them, got both");
  if (preset !== undefined) checkChoice("preset", PRESET_NAMES, preset);
  const own: Preset | null = preset ? PRESETS[preset] : null;
  const preferred = steps === 0 ? undefined : (own?.texture ?? undefined);
  return { model: model ?? own?.model, realism: texture ?? realism ?? preferred };
}
