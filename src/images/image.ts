/**
 * @file The two forms of a picture. At the edges (files, canvases) pixels are interleaved integers, a `Raster`. Inside,
 * they are planar floats, `Planes`. Only `pixels.ts` converts between them.
 */

/**
 * Pixels as files hold them: rows of interleaved channels. 1 channel is grey, 2 grey + alpha, 3 RGB, 4 RGB + alpha (not
 * premultiplied).
 */
export interface Raster {
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 2 | 3 | 4;
  /** [height * width * channels]; 0 .. 255 in bytes, 0 .. 65535 in words. */
  readonly data: Uint8Array | Uint16Array;
}

/**
 * Pixels as networks take them: channel after channel. The range is "signed", [-1, 1] from black to white in the file's
 * (gamma-encoded) values, unless a function says otherwise; "unit" is [0, 1].
 */
export interface Planes {
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  /** [channels, height, width] */
  readonly data: Float32Array;
}
