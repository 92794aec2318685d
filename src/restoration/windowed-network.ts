/** @file A network with its weights, applied to pictures of any size in windows. */
import { shapeError } from "../base/errors.js";
import { compile } from "../graph/compile.js";
import { integerWriting, type Ranges } from "../graph/integers/forms.js";
import { multiplyAdds } from "../graph/multiply-adds.js";
import { input } from "../graph/tensor.js";
import type { Network } from "../networks/network.js";
import { bindWeights, type Weights } from "../nn/parameters.js";
import { floatResult, floats, type Runtime, type Session, type Values } from "../runtime/session.js";
import { inWindows, type Layered } from "./in-windows.js";
import { planTiles, planWindows, type WindowPlan } from "./windows.js";

export type { Layered } from "./in-windows.js";

export interface WindowedRun {
  readonly width: number;
  readonly height: number;
  /** The network's image input, joined along the channels in this order. */
  readonly images: readonly Layered[];
  /** sqrt(alphaBar), for networks that are told the noise level. */
  readonly level?: number | undefined;
  /**
   * Output array, [outChannels, scale height, scale width], that the caller no longer needs; must not be one of
   * `images`.
   */
  readonly out?: Float32Array | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Called after each window; the next window that has not begun waits for it. */
  readonly onWindow?: ((done: number) => void | Promise<void>) | undefined;
}

/** Tiles that are computed at the same time. Each needs some 200 MB; more threads share them. */
const MOST_LANES = 4;

/** Graph of one window. */
function graphOf(network: Network, { windowHeight: height, windowWidth: width }: WindowPlan, withLevel: boolean) {
  const image = input("image", [1, network.inChannels, height, width]);
  const level = input("level", [1, 1]);
  return { inputs: [image, level], result: network.forward(withLevel ? { image, level } : { image }).at(-1)! };
}

const keyOf = ({ windowWidth, windowHeight }: WindowPlan, level: boolean): string =>
  `${windowHeight}x${windowWidth}${level ? " with a level" : ""}`;

/** Overlap of the tiles of an enlarging network, in pixels of the photo. */
const OVERLAP_PX = 16;

/**
 * Tiles of an enlarging network whose attention sees its whole input: published code also cuts large photos for it, so
 * that they fit into memory.
 */
const tilesOf = (maxPixels: number): { readonly sidePx: number; readonly overlapPx: number } => ({
  sidePx: Math.max(Math.floor(Math.sqrt(maxPixels)), 4 * OVERLAP_PX),
  overlapPx: OVERLAP_PX,
});

interface Sized {
  readonly width: number;
  readonly height: number;
  /** Whether the network is told a noise level (false). */
  readonly level?: boolean | undefined;
}

/** Caches one session, that of the last window size. Release it when done. */
export class WindowedNetwork implements AsyncDisposable {
  #session: Promise<Session> | null = null;
  #size = "";
  /** The graph whose work was asked last, until it is opened. */
  #graph: { readonly key: string; readonly graph: ReturnType<typeof graphOf> } | null = null;
  /** Multiply-adds of a window, by its size. */
  readonly #work = new Map<string, number>();

  constructor(
    private readonly network: Network,
    private readonly weights: Weights,
    private readonly runtime: Runtime,
    private readonly maxPixels: number,
    /** Ranges of the values inside, if known: the network then runs in 8 bit on a runtime that is faster in it. */
    private readonly ranges: Ranges | null = null,
  ) {}

  /** Pictures whose sides are multiples of this are computed without padding. */
  get multiple(): number {
    return this.network.tiles ? 1 : this.network.multiple;
  }

  /** The result is so many times larger than the picture in each direction. */
  get scale(): number {
    return this.network.scale ?? 1;
  }

  /** Whether it computes blended tiles of one size. */
  get tiled(): boolean {
    return this.network.tiles !== undefined;
  }

  /** Whether a picture of several tiles is computed on other threads than the caller's. */
  get besideCaller(): boolean {
    return this.tiled && (this.runtime.lanes ?? 1) > 1;
  }

  plan(width: number, height: number): WindowPlan {
    const { tiles, multiple, reachPx } = this.network;
    if (tiles) return planTiles(width, height, tiles);
    const maxPixels = this.maxPixels / this.scale ** 2;
    // Exact windows that are mostly border would repeat most of the work.
    const exact = reachPx !== null && 4 * reachPx <= Math.sqrt(maxPixels);
    if (this.scale > 1 && !exact && width * height > maxPixels) return planTiles(width, height, tilesOf(maxPixels));
    return planWindows(width, height, { multiple, reachPx, maxPixels });
  }

  /**
   * Number of windows of a picture, and the multiply-adds of one of them (1 or more). Builds the graph, which takes half
   * a second for MAXIM, and keeps it for `prepare` or `run`.
   */
  work({ width, height, level = false }: Sized): { readonly windows: number; readonly each: number } {
    const plan = this.plan(width, height);
    const key = keyOf(plan, level);
    let each = this.#work.get(key);
    if (each === undefined) {
      const graph = graphOf(this.network, plan, level);
      this.#graph = { key, graph };
      each = Math.max(1, Math.round(multiplyAdds([graph.result])));
      this.#work.set(key, each);
    }
    return { windows: plan.windows.length, each };
  }

  /** Opens the session that a `run` of this size will use. */
  async prepare({ width, height, level = false }: Sized): Promise<void> {
    await this.#open(this.plan(width, height), level);
  }

  /**
   * Returns [outChannels, scale height, scale width]. Pads the right and bottom edge by reflection. Throws `shape` for
   * other channels.
   */
  async run({ width, height, images, level, out, signal, onWindow }: WindowedRun): Promise<Float32Array> {
    const channels = images.reduce((sum, image) => sum + image.channels, 0);
    if (channels !== this.network.inChannels)
      throw shapeError("WindowedNetwork.run", `${this.network.inChannels} channels`, `${channels}`);
    const plan = this.plan(width, height);
    const session = await this.#open(plan, level !== undefined);
    return inWindows(
      plan,
      {
        ...{ width, height, inputs: [images], out, signal, onWindow },
        ...{ outChannels: this.network.outChannels, scale: this.scale, lanes: session.lanes },
      },
      async ([image]) => {
        const feeds: Record<string, Values[string]> = { image: image! };
        if (level !== undefined) feeds.level = floats(Float32Array.of(level), [1, 1]);
        return floatResult(await session.run(feeds), "result");
      },
    );
  }

  #open(plan: WindowPlan, withLevel: boolean): Promise<Session> {
    const { windows } = plan;
    // Tiles are small enough for several at a time. Windows of other networks fill the memory that one may take.
    const lanes = this.tiled ? Math.min(windows.length, MOST_LANES) : 1;
    const key = keyOf(plan, withLevel);
    const size = `${key}, ${lanes} at a time`;
    if (this.#session && this.#size === size) return this.#session;
    const built = this.#graph?.key === key ? this.#graph.graph : null;
    this.#graph = null;
    const open = () => {
      const { inputs, result } = built ?? graphOf(this.network, plan, withLevel);
      const graph = { inputs, outputs: { result }, weights: bindWeights(this.network.parameters, this.weights) };
      const { ranges } = this;
      return this.runtime.open(
        compile(graph, ranges && this.runtime.integers ? integerWriting(graph, ranges) : undefined),
        { lanes },
      );
    };
    const opening = this.release().then(open);
    this.#session = opening;
    this.#size = size;
    opening.catch(() => {
      if (this.#session === opening) this.#session = null;
    });
    return opening;
  }

  /** Releases the session, also one that is still being opened. */
  async release(): Promise<void> {
    const session = this.#session;
    this.#session = null;
    const opened = await session?.catch(() => null); // one that failed to open holds nothing, and its error went to the caller of `run`
    await opened?.release();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.release();
  }
}
