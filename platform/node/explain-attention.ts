/** @file The attention of a model's diffusion network at one state of its sampling, as pictures. */
import type { Planes } from "../../src/images/image.js";
import {
  attentionPlaces,
  attentionRow,
  meanKeys,
  readTaps,
  tapShapes,
  tapsOf,
  weightsPicture,
} from "../../src/insight/attention-maps.js";
import type { AttentionView } from "../../src/insight/explain-page.js";
import { createNetwork } from "../../src/networks/catalog.js";
import type { Model } from "../../src/restoration/model-restorer.js";
import type { Runtime } from "../../src/runtime/session.js";
import { embedPicture } from "./report.js";

export interface AttentionState {
  /** What the network sees, in its order. */
  readonly images: readonly Planes[];
  readonly level: number;
  /** For captions, from 1. */
  readonly step: number;
}

/** Above this, queries and keys of the finest level are large. */
const MOST_PIXELS = 384 * 384;

/** A view for each resolution at which the network attends, of the position in the middle; a note where there is none but could be. */
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
  if (image.width * image.height > MOST_PIXELS)
    return { views: [], note: "Attention is shown of parts up to 384 x 384 pixels: choose one with --crop x,y,w,h." };
  const places = attentionPlaces(tapShapes(network, image));
  const wanted = new Set(places.flatMap((place) => Object.values(tapsOf(place))));
  const taps = await readTaps(network, model.weights.diffusion!, runtime, { image, level }, (name) => wanted.has(name));
  const views = await Promise.all(
    places.map(async (place): Promise<AttentionView> => {
      const { width, height, name, kind } = place;
      const [x, y] = [Math.floor(width / 2), Math.floor(height / 2)];
      const show = async (weights: Float64Array, id: string, label: string) => ({
        ...{ id: `${name}-${id}`, name: label },
        picture: await embedPicture(weightsPicture(weights, width, height), `${label}, ${name}`),
      });
      const row = await show(attentionRow(place, taps, { x, y }), "row", "For the position in the middle");
      const keys =
        kind === "linear"
          ? [await show(meanKeys(place, taps), "keys", "Keys: for any position, the mean of their softmax")]
          : [];
      return {
        caption: `${name}: ${kind} attention at ${width} x ${height} positions, at step ${step}, where signal and noise are nearest to equal.`,
        pictures: [row, ...keys],
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
