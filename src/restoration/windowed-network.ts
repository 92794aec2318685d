/** @file A network with its weights, applied to pictures of any size in windows. */
import { shapeError, throwIfCancelled } from "../base/errors.js";
import { compile } from "../graph/compile.js";
import { integerWriting, type Ranges } from "../graph/integers/forms.js";
import { input } from "../graph/tensor.js";
import { boundaryIndices } from "../images/boundary.js";
import { type CompactPlanes, expandInto } from "../images/compact.js";
import type { Network } from "../networks/network.js";
import { bindWeights, type Weights } from "../nn/parameters.js";
import { floatResult, floats, type Runtime, type Session, type Values } from "../runtime/session.js";
import { planTiles, planWindows, type Window, type WindowPlan } from "./windows.js";

/** Planes, or compact ones, [channels, height, width]; several of them together are a network's image input. */
export interface Layered {
  readonly channels: number;
  readonly data: Float32Array | CompactPlanes["data"];
}

export interface WindowedRun {
  readonly width: number;
  readonly height: number;
  /** The network's image input, joined along the channels in this order. */
  readonly images: readonly Layered[];
  /** sqrt(alphaBar), for networks that are told the noise level. */
  readonly level?: number | undefined;
  /** Output array, [outChannels, height, width], that the caller no longer needs; must not be one of `images`. */
  readonly out?: Float32Array | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Called after each window; the next one waits for it. */
  readonly onWindow?: ((done: number) => void | Promise<void>) | undefined;
}

/** Keeps one session at a time: that of the last window size. Release it when done. */
export class WindowedNetwork implements AsyncDisposable {
  #session: Promise<Session> | null = null;
  #size = "";

  constructor(
    private readonly network: Network,
    private readonly weights: Weights,
    private readonly runtime: Runtime,
    private readonly maxPixels: number,
    /** Of the values inside, where they are known: then it is computed in 8 bit on a runtime that is faster so. */
    private readonly ranges: Ranges | null = null,
  ) {}

  /** Of the sides of a picture that it computes without adding to it. */
  get multiple(): number {
    return this.network.tiles ? 1 : this.network.multiple;
  }

  /** Whether it computes blended tiles of one size. */
  get tiled(): boolean {
    return this.network.tiles !== undefined;
  }

  plan(width: number, height: number): WindowPlan {
    if (this.network.tiles) return planTiles(width, height, this.network.tiles);
    return planWindows(width, height, {
      multiple: this.network.multiple,
      reachPx: this.network.reachPx,
      maxPixels: this.maxPixels,
    });
  }

  /** Opens the session of a `run` of this size ahead of it. */
  async prepare({ width, height, level = false }: { width: number; height: number; level?: boolean }): Promise<void> {
    const { windowHeight, windowWidth } = this.plan(width, height);
    await this.#open(windowHeight, windowWidth, level);
  }

  /** The network's result, [outChannels, height, width]. A picture beyond its right and bottom edge is its own mirror image. */
  async run({ width, height, images, level, out: given, signal, onWindow }: WindowedRun): Promise<Float32Array> {
    const channels = images.reduce((sum, image) => sum + image.channels, 0);
    if (channels !== this.network.inChannels)
      throw shapeError("WindowedNetwork.run", `${this.network.inChannels} channels`, `${channels}`);
    const plan = this.plan(width, height);
    const session = await this.#open(plan.windowHeight, plan.windowWidth, level !== undefined);
    const shape = [1, channels, plan.windowHeight, plan.windowWidth];
    const image = new Float32Array(channels * plan.windowHeight * plan.windowWidth);
    const size = this.network.outChannels * width * height;
    if (given && given.length !== size)
      throw shapeError("WindowedNetwork.run: out", `${size} values`, `${given.length}`);
    const out = given ?? new Float32Array(size);
    if (given && this.network.tiles) out.fill(0); // tiles are summed up
    const rows = boundaryIndices("reflect", height, 0, plan.height - height);
    const columns = boundaryIndices("reflect", width, 0, plan.width - width);
    for (const [done, window] of plan.windows.entries()) {
      throwIfCancelled(signal, "restore");
      fill(image, images, window, plan, { width, height, rows, columns });
      const feeds: Values = {
        image: floats(image, shape),
        ...(level === undefined ? {} : { level: floats(Float32Array.of(level), [1, 1]) }),
      };
      keep(out, floatResult(await session.run(feeds), "result"), window, plan, width, height);
      await onWindow?.(done + 1);
    }
    return out;
  }

  #open(height: number, width: number, withLevel: boolean): Promise<Session> {
    const size = `${height}x${width}`;
    if (this.#session && this.#size === size) return this.#session;
    const image = input("image", [1, this.network.inChannels, height, width]);
    const level = input("level", [1, 1]);
    const open = () => {
      const graph = {
        inputs: [image, level],
        outputs: { result: this.network.forward(withLevel ? { image, level } : { image }).at(-1)! },
        weights: bindWeights(this.network.parameters, this.weights),
      };
      const { ranges } = this;
      return this.runtime.open(
        compile(graph, ranges && this.runtime.integers ? integerWriting(graph, ranges) : undefined),
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

  /** Also what is still being opened, as soon as it is. */
  async release(): Promise<void> {
    const session = this.#session;
    this.#session = null;
    const opened = await session?.catch(() => null); // one that could not be opened holds nothing, and who asked for it was told
    await opened?.release();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.release();
  }
}

interface Picture {
  readonly width: number;
  readonly height: number;
  readonly rows: Int32Array;
  readonly columns: Int32Array;
}

function fill(
  into: Float32Array,
  images: readonly Layered[],
  { x, y }: Window,
  { windowWidth, windowHeight }: WindowPlan,
  { width, height, rows, columns }: Picture,
): void {
  let at = 0;
  const inside = Math.max(0, Math.min(windowWidth, width - x.start));
  for (const { channels, data } of images) {
    for (let c = 0; c < channels; c++) {
      for (let row = 0; row < windowHeight; row++, at += windowWidth) {
        const line = (c * height + rows[y.start + row]!) * width;
        put(into, at, data, line + x.start, line + x.start + inside);
        for (let column = inside; column < windowWidth; column++) {
          const from = line + columns[x.start + column]!;
          put(into, at + column, data, from, from + 1);
        }
      }
    }
  }
}

/** `from` up to `to` of `data` into `into` at `at`. */
function put(into: Float32Array, at: number, data: Layered["data"], from: number, to: number): void {
  if (data instanceof Uint16Array) expandInto(into, at, data, from, to);
  else into.set(data.subarray(from, to), at);
}

function keep(
  out: Float32Array,
  result: Float32Array,
  { x, y }: Window,
  { windowWidth, windowHeight }: WindowPlan,
  width: number,
  height: number,
): void {
  const [right, bottom] = [Math.min(x.keepTo, width), Math.min(y.keepTo, height)];
  const channels = out.length / (width * height);
  for (let c = 0; c < channels; c++) {
    for (let row = y.keepFrom; row < bottom; row++) {
      const from = (c * windowHeight + row - y.start) * windowWidth - x.start;
      const to = (c * height + row) * width;
      if (!x.weights || !y.weights) {
        out.set(result.subarray(from + x.keepFrom, from + right), to + x.keepFrom);
        continue;
      }
      const weight = y.weights[row - y.keepFrom]!;
      for (let column = x.keepFrom; column < right; column++)
        out[to + column]! += weight * x.weights[column - x.keepFrom]! * result[from + column]!;
    }
  }
}
