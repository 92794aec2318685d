/** @file Attention maps of a network, read out through taps: the weights of all positions for one position. */
import { argumentError } from "../base/errors.js";
import { compile } from "../graph/compile.js";
import { input } from "../graph/tensor.js";
import { padToSize } from "../images/crop.js";
import type { Planes, Raster } from "../images/image.js";
import type { Network } from "../networks/network.js";
import { bindWeights, type Weights } from "../nn/parameters.js";
import { collectTaps } from "../nn/tap.js";
import { floatResult, floats, type Runtime } from "../runtime/session.js";

export interface TapValue {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

export interface Question {
  /** All input images of the network, joined along the channels. */
  readonly image: Planes;
  /** sqrt(alphaBar), for networks with a level input. */
  readonly level?: number;
}

/**
 * Builds the named tensors of a network, with their shapes, for inputs of this size. The picture is padded by
 * reflection to the network's multiple.
 */
function build(network: Network, { width, height }: Planes, wanted: (name: string) => boolean) {
  const up = (size: number) => Math.ceil(size / network.multiple) * network.multiple;
  const image = input("image", [1, network.inChannels, up(height), up(width)]);
  const level = input("level", [1, 1]);
  const { tap, found } = collectTaps(wanted);
  network.forward({ image, level, tap });
  return { image, level, found };
}

export const tapShapes = (network: Network, picture: Planes): ReadonlyMap<string, readonly number[]> =>
  new Map([...build(network, picture, () => true).found].map(([name, { shape }]) => [name, shape]));

/** Values of the wanted tensors for one input. Memory: the values, and one pass of the network. */
export async function readTaps(
  network: Network,
  weights: Weights,
  runtime: Runtime,
  question: Question,
  wanted: (name: string) => boolean,
): Promise<ReadonlyMap<string, TapValue>> {
  const { image, level, found } = build(network, question.image, wanted);
  if (found.size === 0) return new Map();
  const [, , height, width] = image.shape as [number, number, number, number];
  const outputs = Object.fromEntries(found);
  await using session = await runtime.open(
    compile({ inputs: [image, level], outputs, weights: bindWeights(network.parameters, weights) }),
  );
  const values = await session.run({
    image: floats(padToSize(question.image, width, height, "reflect").data, image.shape),
    ...(question.level === undefined ? {} : { level: floats(Float32Array.of(question.level), [1, 1]) }),
  });
  return new Map([...found].map(([name, { shape }]) => [name, { shape, data: floatResult(values, name) }]));
}

/** Kinds of attention: the names of their tensors and the map from dot products to weights. */
const KINDS = {
  linear: { queries: "queries", keys: "key-softmax", weights: (dots: Float64Array) => dots },
  softmax: { queries: "scaled-queries", keys: "keys", weights: softmax },
} as const;
export type AttentionKind = keyof typeof KINDS;

export interface AttentionPlace {
  /** "ups.2.attn" */
  readonly name: string;
  readonly kind: AttentionKind;
  readonly width: number;
  readonly height: number;
}

/** The last attention at each resolution, from fine to coarse: the one closest to the result. */
export function attentionPlaces(shapes: ReadonlyMap<string, readonly number[]>): AttentionPlace[] {
  const places = new Map<number, AttentionPlace>();
  for (const [tap, shape] of shapes)
    for (const kind of Object.keys(KINDS) as AttentionKind[])
      if (tap.endsWith(`.${KINDS[kind].queries}`)) {
        const [height, width] = shape.slice(-2) as [number, number];
        places.set(width * height, { name: tap.slice(0, tap.lastIndexOf(".")), kind, width, height });
      }
  return [...places].sort(([a], [b]) => b - a).map(([, place]) => place);
}

export const tapsOf = ({ name, kind }: AttentionPlace): { readonly queries: string; readonly keys: string } => ({
  queries: `${name}.${KINDS[kind].queries}`,
  keys: `${name}.${KINDS[kind].keys}`,
});

/** A position of an `AttentionPlace`, from the upper left. */
export interface Position {
  readonly x: number;
  readonly y: number;
}

/**
 * Weights of all positions for position (x, y) of one head: [height, width]. Softmax weights sum to 1; linear ones may
 * be negative.
 */
export function attentionRow(
  place: AttentionPlace,
  taps: ReadonlyMap<string, TapValue>,
  { x, y, head = 0 }: Position & { readonly head?: number },
): Float64Array {
  const names = tapsOf(place);
  const [queries, keys] = [taps.get(names.queries), taps.get(names.keys)];
  if (!queries || !keys)
    throw argumentError(
      "attentionRow",
      `expected the taps ${names.queries} and ${names.keys}`,
      [...taps.keys()].join(", "),
    );
  const [, , width] = queries.shape as [number, number, number];
  const positions = place.width * place.height;
  const dots = new Float64Array(positions);
  for (let d = 0; d < width; d++) {
    const from = (head * width + d) * positions;
    const query = queries.data[from + y * place.width + x]!;
    for (let m = 0; m < positions; m++) dots[m]! += query * keys.data[from + m]!;
  }
  return KINDS[place.kind].weights(dots);
}

/**
 * Linear attention: the positions that a head's keys weight for any query, as the mean of their softmax over channels.
 * Sums to 1.
 */
export function meanKeys(place: AttentionPlace, taps: ReadonlyMap<string, TapValue>, head = 0): Float64Array {
  const { shape, data } = taps.get(tapsOf(place).keys)!;
  const width = shape[2]!;
  const positions = place.width * place.height;
  return Float64Array.from({ length: positions }, (_, m) => {
    let sum = 0;
    for (let d = 0; d < width; d++) sum += data[(head * width + d) * positions + m]!;
    return sum / width;
  });
}

function softmax(dots: Float64Array): Float64Array {
  const most = dots.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  const powers = dots.map((value) => Math.exp(value - most));
  const total = powers.reduce((sum, value) => sum + value, 0);
  return powers.map((value) => value / total);
}

/**
 * Weights as a picture: orange above zero, blue below, black at zero. The largest magnitude has full colour, and the
 * position they belong to is white.
 */
export function weightsPicture(weights: Float64Array, width: number, height: number, mark?: Position): Raster {
  const most = weights.reduce((a, b) => Math.max(a, Math.abs(b)), 0) || 1;
  const data = new Uint8Array(3 * width * height);
  weights.forEach((weight, i) => {
    const [r, g, b] = weight > 0 ? [255, 150, 30] : [60, 150, 255];
    const part = Math.sqrt(Math.abs(weight) / most); // the root makes weak ones visible
    data.set([r * part, g * part, b * part], 3 * i);
  });
  if (mark) data.fill(255, 3 * (mark.y * width + mark.x), 3 * (mark.y * width + mark.x) + 3);
  return { width, height, channels: 3, data };
}
