/** @file Evaluates a model on a folder of pairs: opens the inputs of `src/evaluation` on this machine. */

import type { BlurKind, LayoutName } from "../../../src/data/layouts/catalog.js";
import type { MetricName } from "../../../src/evaluation/metrics/catalog.js";
import {
  isPerceptual,
  type PerceptualMetric,
  SET_METRIC_NAMES,
  type SetMetric,
} from "../../../src/evaluation/perception.js";
import { type EvaluatedPicture, type EvaluateOptions, evaluate } from "../../../src/evaluation/protocol.js";
import { checksum } from "../../../src/exchange/checksum.js";
import { enlargedPlanes } from "../../../src/images/enlarge.js";
import type { FeatureNetwork } from "../../../src/nn/backbones/catalog.js";
import type { Pooling } from "../../../src/nn/pooling.js";
import { networksOf, openPerception } from "../../../src/perception/perception.js";
import { keepTone as keepToneOf } from "../../../src/restoration/keep-tone.js";
import { countedSteps } from "../../../src/restoration/plan.js";
import { pooledModel } from "../../../src/restoration/pooled-model.js";
import type { Model, RestoreProgress } from "../../../src/restoration/restorer.js";
import type { RestorationSettings } from "../../../src/restoration/settings.js";
import { requirePair, thenEnlarged } from "../../../src/restoration/then-enlarged.js";
import { openPairs } from "../data/pairs.js";
import { hasFeatures, loadFeatures } from "../models/feature-networks.js";
import { loadModel } from "../models/load-model.js";
import { openRestorer } from "../models/load-restorer.js";
import { modelPair } from "../models/model-folders.js";
import { createRuntime, type Device } from "../threads/runtime.js";

export interface EvaluateModelOptions extends EvaluateOptions {
  /** Name or path, as for `loadModel`. Two joined by a plus sign: the second enlarges the first one's result. */
  readonly model: string;
  readonly data: string;
  /**
   * Settings of the restorations except their seeds. Unlike elsewhere, `keepTone` is off by default: the model's own
   * results are measured.
   */
  readonly settings?: RestorationSettings | undefined;
  /** Region of the predictor's means; overrides the model's, of two the first one's. */
  readonly pooling?: Pooling | undefined;
  readonly device?: Device | undefined;
  readonly threads?: number | undefined;
  /** Layout of the folder; detected when left out. */
  readonly layout?: LayoutName | undefined;
  readonly blurKind?: BlurKind | undefined;
  /** Called for each skipped pair. Without it, such a pair is an error. */
  readonly onProblem?: ((problem: string) => void) | undefined;
  readonly onProgress?: ((event: RestoreProgress) => void) | undefined;
}

export interface EvaluatedModel {
  readonly name: string;
  /** Number of diffusion steps; null if the sampler chooses it. */
  readonly steps: number | null;
  /**
   * Checksums by part; of two models, those of the second have "enlarger " before the part. A run that continues
   * training keeps its name and path, but not these.
   */
  readonly weightsChecksum: Readonly<Record<string, string>>;
}

export interface OpenEvaluation extends AsyncDisposable {
  readonly model: EvaluatedModel;
  /** Number of pictures or crops if none has to be skipped. */
  readonly total: number;
  pictures(): AsyncGenerator<EvaluatedPicture, void, undefined>;
}

/** Opens data and model without computing anything. Dispose it when done: it holds native memory. */
export async function openEvaluation(options: EvaluateModelOptions): Promise<OpenEvaluation> {
  const { model, data, settings = {}, device, threads, layout, blurKind, onProblem, onProgress, signal } = options;
  const pair = modelPair(model);
  const asTrained = await loadModel(pair?.[0] ?? model);
  const enlarger = pair && (await loadModel(pair[1]));
  if (enlarger) requirePair(model, { first: asTrained.config.scale ?? 1, enlarger: enlarger.config.scale ?? 1 });
  const { count, pairs } = await openPairs(data, {
    ...{ layout, blurKind, scale: (enlarger ?? asTrained).config.scale },
    ...(onProblem ? { onBadFile: "skip" as const, onProblem } : {}),
  });
  const loaded = options.pooling ? pooledModel(asTrained, options.pooling) : asTrained;
  const open = (one: Model) => openRestorer(one, { device, threads });
  const restorer = enlarger ? thenEnlarged(open(loaded), open(enlarger)) : open(loaded);
  const perception = openPerception(createRuntime({ device, threads }), loadFeatures);
  return {
    model: {
      name: restorer.name,
      steps: countedSteps(settings, restorer),
      weightsChecksum: { ...checksumsOf(loaded), ...(enlarger ? checksumsOf(enlarger, "enlarger ") : {}) },
    },
    total: count * (options.crops?.perImage ?? 1),
    pictures: () =>
      evaluate(
        pairs(),
        async (blurry, seed) => {
          // The first of two models would skip sharp photos, and all are measured restored.
          const asked = { ...settings, restoreSharp: true, seed, signal, onProgress };
          const restored = (await restorer.restore(blurry, asked)).samples;
          if (settings.keepTone) {
            const photo = enlargedPlanes(blurry, restorer.scale);
            for (const planes of restored) keepToneOf(planes, photo);
          }
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

/** The usable metrics, and those that lack networks, with the names of these. */
export function installedMeasures<M extends MetricName | SetMetric>(
  measures: readonly M[],
): { readonly usable: readonly M[]; readonly missing: readonly M[]; readonly networks: readonly FeatureNetwork[] } {
  const lacked = (name: M): readonly FeatureNetwork[] =>
    needsNetworks(name) ? networksOf(name).filter((network) => !hasFeatures(network)) : [];
  const missing = measures.filter((name) => lacked(name).length > 0);
  return {
    usable: measures.filter((name) => !missing.includes(name)),
    missing,
    networks: [...new Set(missing.flatMap(lacked))],
  };
}

const needsNetworks = (name: string): name is PerceptualMetric | SetMetric =>
  isPerceptual(name) || SET_METRIC_NAMES.some((other) => other === name);

/** Checksums of a model's weights by part, with `prefix` before the parts' names. */
export function checksumsOf({ weights }: Model, prefix = ""): Record<string, string> {
  const bytes = ({ buffer, byteOffset, byteLength }: Float32Array) => new Uint8Array(buffer, byteOffset, byteLength);
  return Object.fromEntries(
    Object.entries(weights).map(([part, values]) => [prefix + part, checksum([...values.values()].map(bytes))]),
  );
}
