/** @file Every sampler once: what a command line, a form or a config may choose from, with defaults and help in the schema. */
import { z } from "zod";
import type { Denoiser, NoiseLevel } from "../diffusion/denoiser.js";
import { ancestral, ancestralSchema } from "./ancestral.js";
import { ddim, ddimSchema } from "./ddim.js";
import type { Sampler, Sampling, StepNoise } from "./sampling.js";

export const samplerSchema = z.discriminatedUnion("kind", [ancestralSchema, ddimSchema]);

/** A sampler with every default filled in; `SamplerInput` is what a caller may leave out. */
export type SamplerConfig = z.infer<typeof samplerSchema>;
export type SamplerInput = z.input<typeof samplerSchema>;
export type SamplerKind = SamplerConfig["kind"];

interface SamplerEntry<Config> {
  readonly summary: string;
  readonly sample: Sampler<Config>;
}

export const samplers: { readonly [K in SamplerKind]: SamplerEntry<Extract<SamplerConfig, { kind: K }>> } = {
  ancestral: { summary: "adds noise in every step; the paper's", sample: ancestral },
  ddim: { summary: "no noise after the start unless eta says so; good with few steps", sample: ddim },
};

const sampleAs = <K extends SamplerKind>(
  config: Extract<SamplerConfig, { kind: K }>,
  ...[denoise, x, levels, noise]: [Denoiser, Float32Array, readonly NoiseLevel[], StepNoise]
): Sampling => samplers[config.kind as K].sample(denoise, x, levels, noise, config);

/** Runs the sampler a config names. See `Sampler` for who owns which array. */
export function sample(
  config: SamplerInput,
  denoise: Denoiser,
  x: Float32Array,
  levels: readonly NoiseLevel[],
  noise: StepNoise,
): Sampling {
  return sampleAs(samplerSchema.parse(config), denoise, x, levels, noise);
}
