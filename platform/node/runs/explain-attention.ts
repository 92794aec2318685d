/** @file Pictures of the attention of a model's diffusion network at one step of its sampling. */
import type { Planes } from "../../../src/images/image.js";
import {
  attentionPlaces,
  attentionRow,
  meanKeys,
  type Position,
  readTaps,
  tapShapes,
  tapsOf,
  weightsPicture,
} from "../../../src/insight/attention-maps.js";
import { createNetwork } from "../../../src/networks/catalog.js";
import type { AttentionView } from "../../../src/reports/explain-page.js";
import type { Model } from "../../../src/restoration/restorer.js";
import type { Runtime } from "../../../src/runtime/session.js";
import { embedPicture } from "../photos/report.js";

export interface AttentionState {
  /** The network's input images, in order. */
  readonly images: readonly Planes[];
  readonly level: number;
  /** Number of the step for captions, from 1. */
  readonly step: number;
}

/** Size limit in pixels, because queries and keys of the finest level are large. */
const MAX_PIXELS = 384 * 384;

/** Positions whose attention is shown, as fractions of width and height. */
const POSITIONS = [
  { id: "middle", label: "For the position in the middle", x: 1 / 2, y: 1 / 2 },
  { id: "upper-left", label: "Upper left", x: 1 / 4, y: 1 / 4 },
  { id: "upper-right", label: "Upper right", x: 3 / 4, y: 1 / 4 },
  { id: "lower-left", label: "Lower left", x: 1 / 4, y: 3 / 4 },
  { id: "lower-right", label: "Lower right", x: 3 / 4, y: 3 / 4 },
] as const;

/** A view of a few positions for each resolution with attention, or a note that explains why there is none. */
export async function attentionViews(
  model: Model,
  runtime: Runtime,
  { images, level, step }: AttentionState,
): Promise<{ readonly views: readonly AttentionView[]; readonly note: string | null }> {
  const none = { views: [], note: null };
  const config = model.config.diffusion;
  if (!config) return none;
  const network = createNetwork(config.network);
  const image = joined(images);
  const small = { ...image, width: network.multiple, height: network.multiple };
  if (attentionPlaces(tapShapes(network, small)).length === 0) return none;
  if (image.width * image.height > MAX_PIXELS)
    return {
      views: [],
      note: "Attention is shown for parts of up to 384 x 384 pixels: choose one with --crop x,y,w,h.",
    };
  const places = attentionPlaces(tapShapes(network, image));
  const wanted = new Set(places.flatMap((place) => Object.values(tapsOf(place))));
  const taps = await readTaps(network, model.weights.diffusion!, runtime, { image, level }, (name) => wanted.has(name));
  const views = await Promise.all(
    places.map(async (place): Promise<AttentionView> => {
      const { width, height, name, kind } = place;
      const show = async (weights: Float64Array, id: string, label: string, mark?: Position) => ({
        ...{ id: `${name}-${id}`, name: label },
        picture: await embedPicture(weightsPicture(weights, width, height, mark), `${label}, ${name}`),
      });
      const rows = await Promise.all(
        POSITIONS.map((position) => {
          const at = { x: Math.floor(width * position.x), y: Math.floor(height * position.y) };
          return show(attentionRow(place, taps, at), position.id, position.label, at);
        }),
      );
      const keys =
        kind === "linear"
          ? [await show(meanKeys(place, taps), "keys", "Keys: for any position, the mean of their softmax")]
          : [];
      return {
        caption: `${name}: ${kind} attention at ${width} x ${height} positions, at step ${step}, where signal and noise are nearest to equal.`,
        pictures: [...rows, ...keys],
      };
    }),
  );
  return { views, note: null };
}

function joined(images: readonly Planes[]): Planes {
  const [{ width, height }] = images as [Planes, ...Planes[]];
  const data = new Float32Array(images.reduce((sum, image) => sum + image.data.length, 0));
  let at = 0;
  for (const image of images) {
    data.set(image.data, at);
    at += image.data.length;
  }
  return { width, height, channels: images.reduce((sum, image) => sum + image.channels, 0), data };
}
