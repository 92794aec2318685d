/** @file A model measured on a folder of pairs: what `src/evaluation` needs, opened on this machine. */

import type { BlurKind, LayoutName } from "../../../src/data/layouts/catalog.js";
import type { MetricName } from "../../../src/evaluation/metrics/catalog.js";
import {
  PERCEPTUAL_METRICS,
  type PerceptualMetric,
  SET_METRIC_NAMES,
  type SetMetric,
} from "../../../src/evaluation/perception.js";
import { type EvaluatedPicture, type EvaluateOptions, evaluate } from "../../../src/evaluation/protocol.js";
import { checksum } from "../../../src/exchange/checksum.js";
import type { FeatureNetwork } from "../../../src/nn/backbones/catalog.js";
import type { Pooling } from "../../../src/nn/pooling.js";
import { networksOf, openPerception } from "../../../src/perception/perception.js";
import { chosenSteps } from "../../../src/restoration/chosen-steps.js";
import { keepTone as keepToneOf } from "../../../src/restoration/keep-tone.js";
import type { Model } from "../../../src/restoration/model-restorer.js";
import { poolOtherwise } from "../../../src/restoration/pool-otherwise.js";
import type { RestoreProgress } from "../../../src/restoration/restorer.js";
import { choosesItsSteps, type SamplerInput } from "../../../src/samplers/catalog.js";
import { openPairs } from "../data/pairs.js";
import { hasFeatures, loadFeatures } from "../models/feature-networks.js";
import { loadModel } from "../models/load-model.js";
import { openRestorer } from "../models/load-restorer.js";
import { createRuntime, type Device } from "../threads/runtime.js";

export interface EvaluateModelOptions extends EvaluateOptions {
  /** As of `loadModel`. */
  readonly model: string;
  readonly data: string;
  /** Diffusion steps; the model's own number when left out. */
  readonly steps?: number;
  /** How to sample; the model's way when left out. */
  readonly sampler?: SamplerInput;
  /** By how much the variance of the noise is multiplied, 0 to 1; see `RestoreOptions`. */
  readonly realism?: number | undefined;
  /** Measures what `restorePhoto` makes of it, with brightness and colours of the photo; false. */
  readonly keepTone?: boolean;
  /** Restorations of each picture. */
  readonly samples?: number;
  /** What the predictor takes means over, in place of what the model says. */
  readonly pooling?: Pooling;
  readonly device?: Device;
  readonly threads?: number;
  /** Recognised when left out. */
  readonly layout?: LayoutName;
  readonly blurKind?: BlurKind;
  /** Told about each pair that is passed over. Without it, such a pair is an error. */
  onProblem?(problem: string): void;
  onProgress?(event: RestoreProgress): void;
}

export interface EvaluatedModel {
  readonly name: string;
  /** Diffusion steps that are taken; null where the sampler chooses them. */
  readonly steps: number | null;
  /** By part. A run that trains on keeps its name and path, but not these. */
  readonly weightsChecksum: Readonly<Record<string, string>>;
}

export interface OpenEvaluation extends AsyncDisposable {
  readonly model: EvaluatedModel;
  /** How many pictures or crops there are, if none has to be passed over. */
  readonly total: number;
  pictures(): AsyncGenerator<EvaluatedPicture, void, undefined>;
}

/** Opens data and model; nothing is computed yet. Dispose of it when done: it holds native memory. */
export async function openEvaluation(options: EvaluateModelOptions): Promise<OpenEvaluation> {
  const { model, data, steps, sampler, samples = 1, device, threads, layout, blurKind } = options;
  const { realism, keepTone = false, onProblem, onProgress, signal } = options;
  const { count, pairs } = await openPairs(data, {
    ...(layout ? { layout } : {}),
    ...(blurKind ? { blurKind } : {}),
    ...(onProblem ? { onBadFile: "skip" as const, onProblem } : {}),
  });
  const asTrained = await loadModel(model);
  const loaded = options.pooling ? poolOtherwise(asTrained, options.pooling) : asTrained;
  const restorer = openRestorer(loaded, { ...(device ? { device } : {}), ...(threads ? { threads } : {}) });
  const perception = openPerception(
    createRuntime({ ...(device ? { device } : {}), ...(threads ? { threads } : {}) }),
    loadFeatures,
  );
  const settings = {
    samples,
    ...(steps === undefined ? {} : { steps }),
    ...(sampler ? { sampler } : {}),
    ...(realism === undefined ? {} : { realism }),
    ...(signal ? { signal } : {}),
    ...(onProgress ? { onProgress } : {}),
  };
  return {
    model: {
      name: restorer.name,
      steps: sampler && choosesItsSteps(sampler) ? null : chosenSteps(settings, restorer),
      weightsChecksum: checksumsOf(loaded),
    },
    total: count * (options.crops?.perImage ?? 1),
    pictures: () =>
      evaluate(
        pairs(),
        async (blurry, seed) => {
          const restored = (await restorer.restore(blurry, { ...settings, seed })).samples;
          if (keepTone) for (const planes of restored) keepToneOf(planes, blurry);
          return restored;
        },
        { perception, ...options },
      ),
    async [Symbol.asyncDispose]() {
      await perception[Symbol.asyncDispose]();
      await restorer.release();
    },
  };
}

/** The measures whose networks are installed, and those whose are not with the networks they lack. */
export function installedMeasures<M extends MetricName | SetMetric>(
  measures: readonly M[],
): { readonly usable: readonly M[]; readonly missing: readonly M[]; readonly networks: readonly FeatureNetwork[] } {
  const lacked = (name: M): readonly FeatureNetwork[] =>
    isPerceptual(name) ? networksOf(name).filter((network) => !hasFeatures(network)) : [];
  const missing = measures.filter((name) => lacked(name).length > 0);
  return {
    usable: measures.filter((name) => !missing.includes(name)),
    missing,
    networks: [...new Set(missing.flatMap(lacked))],
  };
}

const isPerceptual = (name: string): name is PerceptualMetric | SetMetric =>
  [...PERCEPTUAL_METRICS, ...SET_METRIC_NAMES].some((other) => other === name);

export function checksumsOf({ weights }: Model): Record<string, string> {
  const bytes = ({ buffer, byteOffset, byteLength }: Float32Array) => new Uint8Array(buffer, byteOffset, byteLength);
  return Object.fromEntries(
    Object.entries(weights).map(([part, values]) => [part, checksum([...values.values()].map(bytes))]),
  );
}
