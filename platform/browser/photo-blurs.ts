/**
 * @file Caches the blur estimate of each open photo: one estimate serves the whole photo, further restorations, and
 * previews of parts that are too small to estimate it from.
 */
import { throwIfCancelled } from "../../src/base/errors.js";
import { DECONVOLVERS, type Deconvolved, type DeconvolverOptions } from "../../src/deconvolution/deconvolvers.js";
import {
  deconvolvePhoto,
  ESTIMATE_SHARE,
  estimateBlur,
  type PhotoBlur,
} from "../../src/deconvolution/hypotheses/deconvolve-blind.js";
import type { Rect } from "../../src/images/crop.js";
import type { Planes, Raster } from "../../src/images/image.js";
import { planesFromRaster } from "../../src/images/pixels.js";
import type { DeconvolverOf } from "../../src/restoration/stages.js";

/** The part of a photo that a restoration computes. */
export interface ComputedPart {
  readonly photo: Raster;
  readonly part: Rect;
  /** Estimate the blur of the whole photo, unless it is known, instead of that of the part. */
  readonly whole: boolean;
}

/** Grace time of an estimate that is no longer awaited: a preview is often restarted at once. */
const GRACE_MS = 1000;

interface Estimating {
  readonly blur: Promise<PhotoBlur | null>;
  readonly control: AbortController;
  readonly listeners: Set<(share: number) => void>;
  waiting: number;
  timer?: ReturnType<typeof setTimeout>;
}

export class PhotoBlurs {
  /** The key is the raster of the opened photo. */
  readonly #estimates = new WeakMap<Raster, Estimating>();
  #current: ComputedPart | null = null;

  /** Runs one restoration, whose deconvolution is that of `computed`; one at a time. */
  async during<T>(computed: ComputedPart, work: () => Promise<T>): Promise<T> {
    this.#current = computed;
    try {
      return await work();
    } finally {
      this.#current = null;
    }
  }

  readonly deconvolverOf: DeconvolverOf = (name) =>
    name === "hypotheses" ? (planes, options) => this.#deconvolve(planes, options) : DECONVOLVERS[name].deconvolve;

  async #deconvolve(planes: Planes, options: DeconvolverOptions = {}): Promise<Deconvolved> {
    const current = this.#current;
    const usesWhole = current && (current.whole || this.#estimates.has(current.photo));
    const blur = usesWhole ? await this.#blurOf(current.photo, options) : null;
    if (!current || !blur) return DECONVOLVERS.hypotheses.deconvolve(planes, options);
    const { onProgress } = options;
    const { left, top } = current.part;
    return deconvolvePhoto(planes, blur, {
      ...{ ...options, left, top },
      onProgress: (share) => onProgress?.(ESTIMATE_SHARE + (1 - ESTIMATE_SHARE) * share),
    });
  }

  /** Null for a photo that is too small. */
  async #blurOf(photo: Raster, { estimator, signal, onProgress }: DeconvolverOptions): Promise<PhotoBlur | null> {
    throwIfCancelled(signal);
    const found = this.#estimates.get(photo) ?? this.#start(photo, estimator);
    const listener = (share: number) => onProgress?.(ESTIMATE_SHARE * share);
    let leave = (): void => {};
    const left = new Promise<void>((resolve) => {
      leave = resolve;
    });
    found.waiting += 1;
    found.listeners.add(listener);
    clearTimeout(found.timer);
    signal?.addEventListener("abort", leave);
    try {
      const blur = await Promise.race([found.blur, left]);
      throwIfCancelled(signal);
      return blur as PhotoBlur | null;
    } finally {
      signal?.removeEventListener("abort", leave);
      found.listeners.delete(listener);
      found.waiting -= 1;
      if (found.waiting === 0) found.timer = setTimeout(() => found.control.abort(), GRACE_MS);
    }
  }

  #start(photo: Raster, estimator: DeconvolverOptions["estimator"]): Estimating {
    const control = new AbortController();
    const listeners: Estimating["listeners"] = new Set();
    const blur = estimateBlur(planesFromRaster(photo), {
      ...{ estimator, signal: control.signal },
      onProgress: (share) => {
        for (const listener of listeners) listener(share);
      },
    }).then(({ ranks }) => ranks[0]?.blur ?? null);
    blur.catch(() => this.#estimates.delete(photo)); // to be tried again
    const started = { blur, control, listeners, waiting: 0 };
    this.#estimates.set(photo, started);
    return started;
  }
}
