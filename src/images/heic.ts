/**
 * @file HEIC pictures, decoded by libheif's build for JavaScript (LGPL-3.0), which is loaded when the first one is met.
 * Its wrapper prints errors to standard output; the functions below it return them.
 */
import { UnblurError } from "../base/errors.js";
import { indexOfText } from "./bytes.js";

interface HeifError {
  readonly code: unknown;
  readonly message: string;
}

/** The functions of `libheif-js` that are used. */
export interface HeifLibrary {
  readonly heif_error_code: { readonly heif_error_Ok: unknown };
  readonly heif_colorspace: { readonly heif_colorspace_RGB: unknown };
  readonly heif_chroma: { readonly heif_chroma_interleaved_RGBA: unknown };
  heif_context_alloc(): number;
  heif_context_free(context: number): void;
  heif_context_read_from_memory(context: number, bytes: Uint8Array): HeifError;
  heif_js_context_get_primary_image_handle(context: number): object & Partial<HeifError>;
  heif_image_handle_get_width(handle: object): number;
  heif_image_handle_get_height(handle: object): number;
  heif_image_handle_release(handle: object): void;
  heif_js_decode_image2(
    handle: object,
    colorspace: unknown,
    chroma: unknown,
  ): Promise<
    Partial<HeifError> & {
      readonly image?: object;
      readonly channels?: readonly {
        readonly width: number;
        readonly height: number;
        /** Bytes of a row. */
        readonly stride: number;
        readonly data: Uint8Array;
      }[];
    }
  >;
  heif_image_release(image: object): void;
}

export interface RgbaPicture {
  readonly width: number;
  readonly height: number;
  /** [height * width * 4] */
  readonly data: Uint8ClampedArray<ArrayBuffer>;
}

/**
 * The primary picture of a HEIC file, upright, 8 bits a channel. Throws `image` with libheif's words for a damaged file
 * and for more than `maxPixels`.
 */
export async function decodeHeic(library: HeifLibrary, bytes: Uint8Array, maxPixels: number): Promise<RgbaPicture> {
  const fail = (message: string | undefined) => new UnblurError("image", (message ?? "no picture in it").trim());
  const context = library.heif_context_alloc();
  let handle: (object & Partial<HeifError>) | undefined;
  try {
    const read = library.heif_context_read_from_memory(context, bytes);
    if (read.code !== library.heif_error_code.heif_error_Ok) throw fail(read.message);
    const found = library.heif_js_context_get_primary_image_handle(context);
    if (!found || found.code !== undefined) throw fail(found?.message);
    handle = found;
    const [width, height] = [library.heif_image_handle_get_width(handle), library.heif_image_handle_get_height(handle)];
    if (width * height > maxPixels) throw fail(`${width} x ${height} pixels; expected at most ${maxPixels}`);
    const { heif_colorspace_RGB: rgb } = library.heif_colorspace;
    const { heif_chroma_interleaved_RGBA: rgba } = library.heif_chroma;
    const decoded = await library.heif_js_decode_image2(handle, rgb, rgba);
    const [plane] = decoded.channels ?? [];
    if (!plane) throw fail(decoded.message);
    const data = new Uint8ClampedArray(4 * plane.width * plane.height);
    for (let row = 0; row < plane.height; row++)
      data.set(plane.data.subarray(row * plane.stride, row * plane.stride + 4 * plane.width), 4 * plane.width * row);
    if (decoded.image) library.heif_image_release(decoded.image);
    return { width: plane.width, height: plane.height, data };
  } finally {
    if (handle) library.heif_image_handle_release(handle);
    library.heif_context_free(context);
  }
}

/** Type names of a gain map in a HEIC file of an iPhone, and in one by ISO 21496-1. */
const GAIN_MAPS = ["urn:com:apple:photo:2020:aux:hdrgainmap", "tmap"];
/** The names stand in the file's head, in front of the pixels. */
const HEAD_BYTES = 100_000;

export const heicHasGainMap = (heic: Uint8Array): boolean =>
  GAIN_MAPS.some((name) => indexOfText(heic.subarray(0, HEAD_BYTES), name) >= 0);

export const HEIC_GAIN_MAP_WARNING = "the photo's HDR gain map was left out: the result is its standard picture";
