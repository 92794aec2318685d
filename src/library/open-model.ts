/** @file An open model as the library gives it: one implementation for Node and browsers, over what restores there. */
import { argumentError } from "../base/errors.js";
import type { Raster } from "../images/image.js";
import { type Emit, eventStream, resultOf } from "../restoration/event-stream.js";
import { type Outcome, type Platform, type Result, resultFrom } from "./restored.js";
import {
  type Applicable,
  givenOptions,
  type Progress,
  type RestoreOptions,
  type RunOptions,
  type Settings,
} from "./settings.js";

/** A diffusion step before its update. */
export interface Step {
  /** Index of the step, from 0. */
  readonly index: number;
  /** Number of steps; an estimate while a sampler chooses them as it goes. */
  readonly total: number;
  /** Index of the sample. */
  readonly sample: number;
  /** The result if the restoration ended here. Read it before the next event. */
  readonly picture: Raster;
}

/** What happens in a restoration, in order; the result comes last. */
export type RestoreEvent<Restored> =
  | {
      /** Work that is done. */
      readonly type: "progress";
      readonly progress: Progress;
    }
  | {
      /** A diffusion step. */
      readonly type: "step";
      readonly step: Step;
    }
  | {
      /** The end. */
      readonly type: "restored";
      readonly restored: Restored;
    };

/** Size to warm up for, and settings as they will be given. */
export interface WarmUpOptions extends Settings {
  /** Width of the photos to come, in pixels (64). */
  readonly width?: number | undefined;
  /** Height of the photos to come, in pixels (64). */
  readonly height?: number | undefined;
  /** Stops the warming up. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * A model that is open. Calls at the same time run one after the other, because they share memory and sessions; a call
 * that is cancelled while it waits rejects at once. Release it when done, or declare it with `await using`.
 */
export interface OpenModel<P extends Platform> extends AsyncDisposable {
  /** Name of the model. */
  readonly name: string;
  /** Width of a result divided by its photo's: 1 unless the model enlarges. */
  readonly scale: number;
  /**
   * Restores a photo. The result keeps depth, alpha, profile and metadata of the photo. A photo that is already sharp is
   * returned unchanged unless `restoreSharp` is set.
   */
  restore<const Given extends RestoreOptions<P["source"]>>(
    photo: P["source"],
    options?: Applicable<Given, RestoreOptions<P["source"]>>,
  ): Promise<Result<P, Given>>;
  /**
   * Restores a photo and yields what happens; the last event is the result. The work waits until an event has been read,
   * and leaving the loop stops it.
   */
  run<const Given extends RunOptions<P["source"]>>(
    photo: P["source"],
    options?: Applicable<Given, RunOptions<P["source"]>>,
  ): AsyncGenerator<RestoreEvent<Result<P, Given>>, void, void>;
  /** Restores an even picture, so that the first photo of its size does not wait for weights and sessions. */
  warmUp(options?: WarmUpOptions): Promise<void>;
  /** Frees memory and threads when the pending calls have ended. Later calls are refused. */
  release(): Promise<void>;
}

/** What a platform emits while it restores. */
export type WorkEvent = Exclude<RestoreEvent<never>, { readonly type: "restored" }>;

/** What a backend needs beside the photo and its settings. */
export interface BackendContext<P extends Platform> {
  readonly mask: P["source"] | undefined;
  readonly signal: AbortSignal;
  /** Whether anybody reads steps, whose pictures cost time. */
  readonly steps: boolean;
  readonly emit: Emit<WorkEvent>;
}

/** Restores photos on one platform. Calls take turns there. */
export interface Backend<P extends Platform> {
  readonly name: string;
  readonly scale: number;
  restore(photo: P["source"], settings: Settings, context: BackendContext<P>): Promise<Outcome<P>>;
  release(): Promise<void>;
}

/** Side of the picture that `warmUp` restores unless told otherwise. */
const WARM_UP_PX = 64;
/** More pixels than any photo has; their array could not be allocated. */
const MAX_WARM_UP_PIXELS = 1e9;

/** The library's view of a backend. */
export function openModelFrom<P extends Platform>(backend: Backend<P>): OpenModel<P> {
  /** Starts with the first `next`. */
  async function* events<Given>(
    photo: P["source"],
    { mask, signal, ...settings }: RunOptions<P["source"]>,
    steps: boolean,
  ): AsyncGenerator<RestoreEvent<Result<P, Given>>, Result<P, Given>, void> {
    try {
      signal?.throwIfAborted();
      const work = eventStream<WorkEvent, Outcome<P>>(
        (emit, stop) => backend.restore(photo, settings, { mask, steps, emit, signal: stop }),
        signal,
      );
      const restored = resultFrom(yield* work, settings.samples !== undefined) as Result<P, Given>;
      yield { type: "restored", restored };
      return restored;
    } catch (error) {
      throw signal?.aborted ? signal.reason : error;
    }
  }

  return {
    name: backend.name,
    scale: backend.scale,
    restore: async <Given>(photo: P["source"], options?: RestoreOptions<P["source"]>) => {
      const { onProgress, ...rest } = givenOptions("restore", options);
      // The callback's promise is awaited, so that its rejection ends the call.
      return resultOf(events<Given>(photo, rest, false), (event) =>
        event.type === "progress" ? onProgress?.(event.progress) : undefined,
      );
    },
    run: async function* <Given>(photo: P["source"], options?: RunOptions<P["source"]>) {
      yield* events<Given>(photo, givenOptions("run", options), true);
    },
    async warmUp(given) {
      const { width = WARM_UP_PX, height = WARM_UP_PX, ...options } = givenOptions("warmUp", given);
      if (![width, height].every((px) => Number.isInteger(px) && px > 0) || width * height > MAX_WARM_UP_PIXELS)
        throw argumentError("warmUp", "expected the width and height of a photo, in pixels", `${width} x ${height}`);
      const even: Raster = { width, height, channels: 3, data: new Uint8Array(3 * width * height).fill(128) };
      await resultOf(events(even, { ...options, restoreSharp: true }, false), () => {});
    },
    release: () => backend.release(),
    [Symbol.asyncDispose]: () => backend.release(),
  };
}
