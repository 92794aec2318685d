/**
 * @file The plan of a restoration: what will run, decided and checked before anything is computed. Pure.
 */
import { argumentError, shapeError, UnblurError } from "../base/errors.js";
import type { NoiseLevel } from "../diffusion/denoiser.js";
import { createProcess, sdeOf } from "../diffusion/process.js";
import type { Sde } from "../diffusion/sde.js";
import type { Planes } from "../images/image.js";
import { checkProcess, choosesItsSteps, evaluationsOf, type SamplerConfig } from "../samplers/catalog.js";
import { samplingEnds, samplingLevels } from "../samplers/spacing.js";
import type { StartKind } from "../samplers/start.js";
import { type DiffusionConfig, deconvolves, defaultSteps, type ModelConfig } from "./model-config.js";
import { presetSettings } from "./presets.js";
import { type FullSettings, type RestorationSettings, readSettings } from "./settings.js";

/** Capabilities of a restorer that a plan depends on. */
export interface Offer {
  /** Default number of diffusion steps: 0 if the prediction is the default. */
  readonly steps: number;
  /** Diffusion steps used when a setting needs them and none are given. */
  readonly diffusionSteps: number;
  /** The result has so many times the photo's width and height; 1: its size. */
  readonly scale: number;
  /** True if the restorer has a diffusion; without one, `steps` can only be 0. */
  readonly diffuses: boolean;
}

/** Capabilities of a restorer without a diffusion. */
export const PREDICTS: Offer = { steps: 0, diffusionSteps: 0, diffuses: false, scale: 1 };

export const offerOf = (config: ModelConfig): Offer => ({
  steps: defaultSteps(config),
  diffusionSteps: config.sampling?.steps ?? 0,
  diffuses: config.diffusion !== null,
  scale: config.scale ?? 1,
});

/** Stages before the diffusion, in the order in which they run. */
export type StageName = "deconvolution" | "deconvolve" | "motion" | "predict" | "other" | "uncertainty";

/** The diffusion of one restoration; all its samples share it. */
export interface DiffusionPlan {
  readonly config: DiffusionConfig;
  readonly sampler: SamplerConfig;
  readonly start: StartKind;
  /** Levels from noisy to clean; only the two ends for a sampler that chooses its steps itself. */
  readonly levels: readonly NoiseLevel[];
  readonly sde: Sde;
  /** Number of steps; null if the sampler chooses them. */
  readonly steps: number | null;
  /** Evaluations of the network for one sample; a first guess if the sampler chooses its steps. */
  readonly evaluations: number;
  /** Factor of all noise of the sampler. */
  readonly noise: number;
  /** Factor of the sampled residual in the result. */
  readonly share: number;
  readonly stop: FullSettings["stop"];
  /** Number of samples. Sample k draws from the seed's stream "sample", k. */
  readonly samples: number;
  readonly seed: number;
}

export interface Plan {
  readonly stages: readonly StageName[];
  /** null: the prediction is the result. */
  readonly diffusion: DiffusionPlan | null;
}

/** Settings that need diffusion steps and therefore imply them. */
type Asked = Pick<RestorationSettings, "preset" | "texture" | "steps" | "sampler" | "realism" | "samples" | "stop">;

/**
 * Names of the settings that need diffusion steps: a prediction has no noise, no second sample and no steps to end.
 * Realism 0 is the prediction itself.
 */
function needsSteps({ sampler, samples = 1, stop, ...asked }: Asked): readonly string[] {
  return [
    ...(sampler ? ["sampler"] : []),
    ...(presetSettings(asked).realism ? ["realism"] : []),
    ...(samples > 1 ? ["samples above 1"] : []),
    ...(stop ? ["stop"] : []),
  ];
}

/**
 * The number of diffusion steps: `steps` if given; else the model's own number where a setting needs steps, else the
 * model's default.
 */
export const chosenSteps = (asked: Asked, offered: Pick<Offer, "steps" | "diffusionSteps">): number =>
  asked.steps ?? (needsSteps(asked).length > 0 ? offered.diffusionSteps : offered.steps);

/** The number of steps, or null if the sampler chooses them itself. */
export const countedSteps = (asked: Asked, offered: Offer): number | null =>
  asked.sampler && choosesItsSteps(asked.sampler) ? null : chosenSteps(asked, offered);

/** Throws `shape` unless the photo has three channels, one pixel or more, and as many values as it says. */
function checkPhoto({ channels, width, height, data }: Planes): void {
  if (channels !== 3 || data.length !== 3 * width * height || data.length === 0)
    throw shapeError(
      "restore: photo",
      "[3, height, width]",
      `[${channels}, ${height}, ${width}] with ${data.length} values`,
    );
}

/** Larger results take more memory than most computers have. */
const MOST_RESULT_PIXELS = 200_000_000;

/** Throws `argument` for a scale that the model does not have, and `image` for a photo too large for it. */
export function checkScale(name: string, { scale: asked }: RestorationSettings, scale: number, photo: Planes): void {
  if (asked !== undefined && asked !== scale)
    throw argumentError(
      "restore",
      `model "${name}" ${scale === 1 ? "keeps the photo's size" : `enlarges by ${scale}`}: leave out scale, or choose a model that enlarges by it (unblur models)`,
      asked,
    );
  const [width, height] = [photo.width * scale, photo.height * scale];
  if (scale > 1 && width * height > MOST_RESULT_PIXELS)
    throw new UnblurError(
      "image",
      `restore: enlarged by ${scale} the photo would have ${width} x ${height} pixels; expected at most ${MOST_RESULT_PIXELS / 1e6} million: crop it, or choose a smaller scale`,
    );
}

/**
 * The plan of a restorer without a diffusion: throws `shape` for the photo, and `argument` for settings that it cannot
 * follow.
 */
export function planPrediction(name: string, given: RestorationSettings, photo: Planes): void {
  checkPhoto(photo);
  const settings = readSettings(given);
  checkScale(name, settings, PREDICTS.scale, photo);
  checkSteps(name, settings, chosenSteps(settings, PREDICTS), { predicts: true, diffuses: false });
}

/** Throws `argument` for steps that the model does not have, and for settings that need steps where none are taken. */
function checkSteps(
  name: string,
  asked: Asked,
  steps: number,
  { predicts, diffuses }: { readonly predicts: boolean; readonly diffuses: boolean },
): void {
  const { samples = 1, realism } = asked;
  if (samples > 1 && realism === 0)
    throw argumentError("restore", "samples above 1 need realism (texture) above 0, or all are equal", samples);
  if (steps > 0 && !diffuses)
    throw argumentError("restore", `model "${name}" has no diffusion: it offers 0 steps only`, steps);
  if (steps === 0 && !predicts)
    throw argumentError("restore", `model "${name}" has no predictor: steps must be at least 1`, steps);
  const stepOptions = needsSteps(asked);
  if (steps > 0 || stepOptions.length === 0) return;
  const needs = `${stepOptions.join(" and ")} cannot be used without diffusion steps`;
  throw new UnblurError(
    "argument",
    diffuses
      ? `restore: ${needs}, got steps 0; set steps to 1 or more, or leave out ${stepOptions.join(" and ")}`
      : `restore: ${needs}, which model "${name}" does not have; choose a model with a diffusion, or leave out ${stepOptions.join(" and ")}`,
  );
}

/** The stages that make the prediction. `other`: another restorer predicts instead of the model's own networks. */
function predictionStages(config: ModelConfig, other: boolean): StageName[] {
  const { deconvolution, predictor, motion } = config;
  if (other) return ["other"];
  if (deconvolution) return ["deconvolution"];
  if (!predictor) return [];
  return [
    ...(deconvolves(config) ? (["deconvolve"] as const) : []),
    ...(motion ? (["motion"] as const) : []),
    "predict",
  ];
}

/**
 * Plans the restoration of a photo. Throws `shape` for a photo that is not [3, H, W] with a pixel, and `argument` for
 * settings out of range or that the model cannot follow.
 */
export function planRestoration(
  { name, config }: { readonly name: string; readonly config: ModelConfig },
  given: RestorationSettings,
  photo: Planes,
  { other = false }: { readonly other?: boolean } = {},
): Plan {
  checkPhoto(photo);
  const settings = readSettings(given);
  checkScale(name, settings, config.scale ?? 1, photo);
  const { diffusion, sampling } = config;
  const sampler = settings.sampler ?? sampling?.sampler;
  // A sampler that chooses its steps itself ignores their number, so naming it is enough for a model that has none.
  const adaptive = sampler !== undefined && choosesItsSteps(sampler);
  const least = adaptive && settings.sampler && diffusion ? 1 : 0;
  const steps = settings.steps ?? Math.max(chosenSteps(settings, offerOf(config)), least);
  const stages = predictionStages(config, other);
  checkSteps(name, settings, steps, { predicts: stages.length > 0, diffuses: diffusion !== null });
  if (steps === 0 || !diffusion || !sampling || !sampler) return { stages, diffusion: null };

  const { realism = 1, stop, samples, seed } = settings;
  if (realism < 1 && sampler.kind === "predictor-corrector")
    throw argumentError(
      "restore",
      "predictor-corrector sizes its steps by its noise, so it cannot have less: use another sampler, or realism 1",
      realism,
    );
  const forward = createProcess(diffusion.schedule);
  const sde = sdeOf(forward);
  checkProcess(sampler, sde);
  // With a predictor, realism scales the sampled residual. Without one it scales the sampler's noise: equivalent for an
  // exact denoiser, but a trained one then sees pictures with less noise than in training.
  const spread = Math.sqrt(realism);
  const [noise, share] = stages.length > 0 ? [1, spread] : [spread, 1];
  return {
    stages: diffusion.scale === "uncertainty" ? [...stages, "uncertainty"] : stages,
    diffusion: {
      config: diffusion,
      ...{ sampler, start: sampling.start, sde, noise, share, stop, samples, seed },
      levels: adaptive ? samplingEnds(forward, sampling.spacing) : samplingLevels(forward, steps, sampling.spacing),
      steps: adaptive ? null : steps,
      evaluations: evaluationsOf(sampler, steps) ?? steps,
    },
  };
}
