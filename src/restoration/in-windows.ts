/** @file Computes a picture of any size window by window: cuts the inputs, pads them, and joins the results. */
import { shapeError, throwIfCancelled } from "../base/errors.js";
import { boundaryIndices } from "../images/boundary.js";
import { type CompactPlanes, expandInto } from "../images/compact.js";
import { floats, type TensorValue } from "../runtime/session.js";
import type { Window, WindowPlan } from "./windows.js";

/** Planes, plain or compact: [channels, height, width]. A network's image input is one or several of them. */
export interface Layered {
  readonly channels: number;
  readonly data: Float32Array | CompactPlanes["data"];
}

export interface Windowed {
  readonly width: number;
  readonly height: number;
  /** Inputs of a window; the planes of each are joined along the channels in this order. */
  readonly inputs: readonly (readonly Layered[])[];
  readonly outChannels: number;
  /** The result is so many times larger in each direction (1). */
  readonly scale?: number | undefined;
  /** Output array, [outChannels, scale height, scale width], that the caller no longer needs; must not be an input. */
  readonly out?: Float32Array | undefined;
  /** Number of windows that are computed at the same time (1). */
  readonly lanes?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Called after each window; the next window that has not begun waits for it. */
  readonly onWindow?: ((done: number) => void | Promise<void>) | undefined;
}

/**
 * Returns [outChannels, scale height, scale width]. `compute` receives one window of each input, [1, channels,
 * windowHeight, windowWidth], whose arrays a later window overwrites, and returns [outChannels, scale windowHeight,
 * scale windowWidth]. Results are joined in the order of the windows, so the number of lanes does not change them. The
 * right and bottom edge are padded by reflection. Throws `shape` for an output array of another length, and `cancelled`
 * between windows; no window is being computed any more when it rejects.
 */
export async function inWindows(
  plan: WindowPlan,
  { width, height, inputs, outChannels, scale = 1, out: given, lanes = 1, signal, onWindow }: Windowed,
  compute: (inputs: readonly TensorValue[]) => Promise<Float32Array>,
): Promise<Float32Array> {
  const size = outChannels * width * height * scale ** 2;
  if (given && given.length !== size) throw shapeError("inWindows: out", `${size} values`, `${given.length}`);
  const out = given ?? new Float32Array(size);
  if (given && plan.windows.some(({ x }) => x.weights)) out.fill(0); // tiles are summed up
  const area = plan.windowHeight * plan.windowWidth;
  const buffers = Array.from({ length: Math.min(lanes, plan.windows.length) }, () =>
    inputs.map((images) => {
      const channels = images.reduce((sum, image) => sum + image.channels, 0);
      const data = new Float32Array(channels * area);
      return { images, data, value: floats(data, [1, channels, plan.windowHeight, plan.windowWidth]) };
    }),
  );
  const rows = boundaryIndices("reflect", height, 0, plan.height - height);
  const columns = boundaryIndices("reflect", width, 0, plan.width - width);
  const begun: Promise<Float32Array>[] = [];
  const finish = async (at: number) => {
    keep(out, await begun[at]!, plan.windows[at]!, plan, { width, height, scale });
    await onWindow?.(at + 1);
  };
  try {
    for (const [at, window] of plan.windows.entries()) {
      if (at >= buffers.length) await finish(at - buffers.length);
      throwIfCancelled(signal);
      const arrays = buffers[at % buffers.length]!;
      for (const { images, data } of arrays) fill(data, images, window, plan, { width, height, rows, columns });
      begun.push(compute(arrays.map(({ value }) => value)));
      begun[at]!.catch(() => {}); // its error is thrown when its turn comes
    }
    for (let at = Math.max(0, begun.length - buffers.length); at < begun.length; at++) await finish(at);
  } finally {
    await Promise.allSettled(begun);
  }
  return out;
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

/** Copies values `from` to `to` (exclusive) of `data` to `into`, from index `at` on. */
function put(into: Float32Array, at: number, data: Layered["data"], from: number, to: number): void {
  if (data instanceof Uint16Array) expandInto(into, at, data, from, to);
  else into.set(data.subarray(from, to), at);
}

function keep(
  out: Float32Array,
  result: Float32Array,
  { x, y }: Window,
  { windowWidth, windowHeight }: WindowPlan,
  { width, height, scale }: { readonly width: number; readonly height: number; readonly scale: number },
): void {
  const [left, right] = [scale * x.keepFrom, scale * Math.min(x.keepTo, width)];
  const [top, bottom] = [scale * y.keepFrom, scale * Math.min(y.keepTo, height)];
  const channels = out.length / (width * height * scale ** 2);
  for (let c = 0; c < channels; c++) {
    for (let row = top; row < bottom; row++) {
      const from = ((c * windowHeight - y.start) * scale + row) * scale * windowWidth - scale * x.start;
      const to = (c * scale * height + row) * scale * width;
      if (!x.weights || !y.weights) {
        out.set(result.subarray(from + left, from + right), to + left);
        continue;
      }
      // All pixels that a pixel of the picture becomes share its weight.
      const weight = y.weights[Math.floor((row - top) / scale)]!;
      for (let column = left; column < right; column++)
        out[to + column]! += weight * x.weights[Math.floor((column - left) / scale)]! * result[from + column]!;
    }
  }
}
