/** @file What keeps scenes for tests: in memory, and to be looked at. */
import type { SceneReader } from "../src/data/draw-deconvolved.js";
import { cropRaster } from "../src/images/crop.js";
import type { Raster } from "../src/images/image.js";

export interface KeptScenes extends SceneReader {
  readonly made: ReadonlyMap<string, Raster>;
}

/** `photo` is what every path names under which no scene is kept. */
export function keptScenes(photo: Raster): KeptScenes {
  const made = new Map<string, Raster>();
  return {
    made,
    size: async () => photo,
    read: async (path, rect) => cropRaster(made.get(path) ?? photo, rect),
    asJpeg: async (raster) => raster,
    async kept(key, make) {
      if (!made.has(key)) made.set(key, await make());
      return key;
    },
  };
}
