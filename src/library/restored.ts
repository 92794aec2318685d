/** @file The result of a restoration: a picture that can be had as pixels, bytes, a blob or a file. The same in Node and browsers. */
import { argumentError } from "../base/errors.js";
import type { Raster } from "../images/image.js";
import { IMAGE_FORMATS, type ImageFormat } from "../images/photo.js";
import { summariseSamples, uncertaintyPicture } from "../restoration/sample-summary.js";

/** What differs between Node and browsers. */
export interface Platform {
  /** Forms in which a picture is given. */
  readonly source: unknown;
  /** Formats that are written. */
  readonly format: ImageFormat;
  /** What a file is written to. */
  readonly target: unknown;
}

/** Formats with a quality. */
export type LossyFormat = "jpeg" | "webp" | "avif";

/** Options of encoding as `Format`; only a lossy format has a quality. */
export type EncodeOptions<Format> = Format extends LossyFormat
  ? {
      /** Quality, 1 to 100; by default one at which a second encoding is invisible. */
      readonly quality?: number | undefined;
    }
  : { readonly quality?: undefined };

/** Options of writing a file. */
export interface FileOptions<Format> {
  /** Format of the file; by default that of the name's ending. */
  readonly format?: Format | undefined;
  /** Quality of a lossy format, 1 to 100. */
  readonly quality?: number | undefined;
}

/** A picture with the photo's metadata. Nothing is encoded before it is asked for. */
export interface Picture<P extends Platform> {
  /** The pixels. */
  readonly raster: Raster;
  /** The bytes of a file; by default in the photo's format. */
  toBuffer<Format extends P["format"]>(
    format?: Format,
    options?: EncodeOptions<Format>,
  ): Promise<Uint8Array<ArrayBuffer>>;
  /** The same as a blob with its media type. */
  toBlob<Format extends P["format"]>(format?: Format, options?: EncodeOptions<Format>): Promise<Blob>;
  /** Writes a file. */
  toFile(target: P["target"], options?: FileOptions<P["format"]>): Promise<void>;
}

/** A restored photo. */
export interface RestoredPhoto<P extends Platform> extends Picture<P> {
  /** true: the photo was already sharp and is returned unchanged, to the byte in its own format. */
  readonly alreadySharp: boolean;
  /** One sentence for each part of the photo's file that was not read. */
  readonly warnings: readonly string[];
}

/** Several restorations of one photo; the object itself is the first of them. */
export interface SampledPhoto<P extends Platform> extends RestoredPhoto<P> {
  /** The restorations, as many as asked for. */
  readonly samples: readonly Picture<P>[];
  /** Mean of the samples: closer to the truth than each of them, and less sharp. */
  readonly mean: Picture<P>;
  /** Standard deviation of each pixel over the samples, as a grey picture: black is certain, white 32 levels of 255. */
  readonly uncertainty: Picture<P>;
}

/** Type of the result: with samples if the settings name their number. */
export type Result<P extends Platform, Given> = Given extends { readonly samples: number }
  ? SampledPhoto<P>
  : RestoredPhoto<P>;

/** How a platform encodes and writes the pictures of one photo. */
export interface Saving<P extends Platform> {
  /** Format of the photo's file, or the nearest that is written. */
  readonly format: P["format"];
  /** The photo's file, if it is in that format; it is given back where nothing was restored. */
  readonly original: Uint8Array<ArrayBuffer> | null;
  encode(raster: Raster, format: P["format"], quality?: number): Promise<Uint8Array<ArrayBuffer>>;
  /** Format that the target's name stands for. */
  formatOf(target: P["target"]): P["format"];
  write(target: P["target"], bytes: Uint8Array<ArrayBuffer>): Promise<void>;
}

/** What a restoration returns before it becomes an object. */
export interface Outcome<P extends Platform> {
  /** One for each sample, at least one. */
  readonly rasters: readonly Raster[];
  readonly alreadySharp: boolean;
  readonly warnings: readonly string[];
  readonly saving: Saving<P>;
}

const LOSSY: readonly ImageFormat[] = ["jpeg", "webp", "avif"] satisfies readonly LossyFormat[];

/** The result object. `sampled`: the settings named a number of samples. */
export function resultFrom<P extends Platform>(
  { rasters, alreadySharp, warnings, saving }: Outcome<P>,
  sampled: boolean,
): RestoredPhoto<P> | SampledPhoto<P> {
  const picture = (raster: Raster) => pictureFrom(raster, saving, alreadySharp);
  const photo = { ...picture(rasters[0]!), alreadySharp, warnings };
  if (!sampled) return photo;
  const samples = rasters.map(picture);
  let summary: Pick<SampledPhoto<P>, "mean" | "uncertainty"> | undefined;
  const summarised = () => {
    summary ??= summaryOf(rasters, saving, picture);
    return summary;
  };
  return {
    ...{ ...photo, samples },
    get mean() {
      return summarised().mean;
    },
    get uncertainty() {
      return summarised().uncertainty;
    },
  };
}

/** Equal pictures have their mean and no deviation. Their deviation is that of a single one. */
function summaryOf<P extends Platform>(
  rasters: readonly Raster[],
  saving: Saving<P>,
  picture: (raster: Raster) => Picture<P>,
): Pick<SampledPhoto<P>, "mean" | "uncertainty"> {
  const first = rasters[0]!;
  const { width, height } = first;
  const { mean, deviation } =
    rasters.length > 1 ? summariseSamples(rasters) : { mean: first, deviation: new Float32Array(width * height) };
  const measured = { ...saving, format: "png" as const, original: null };
  return { mean: picture(mean), uncertainty: pictureFrom(uncertaintyPicture(deviation, width, height), measured) };
}

/** A picture that is encoded when asked. `unchanged`: its pixels are those of the photo's file. */
export function pictureFrom<P extends Platform>(raster: Raster, saving: Saving<P>, unchanged = false): Picture<P> {
  const encoded = async (format: P["format"], quality: number | undefined) => {
    if (quality !== undefined && !LOSSY.includes(format))
      throw argumentError("encode", `${IMAGE_FORMATS[format].name} is lossless: expected no quality`, quality);
    const { original } = saving;
    if (unchanged && original && format === saving.format && quality === undefined) return original.slice();
    return saving.encode(raster, format, quality);
  };
  return {
    raster,
    toBuffer: (format = saving.format as never, { quality } = {} as never) => encoded(format, quality),
    async toBlob(format = saving.format as never, { quality } = {} as never) {
      return new Blob([await encoded(format, quality)], { type: `image/${format}` });
    },
    async toFile(target, { format = saving.formatOf(target), quality } = {}) {
      await saving.write(target, await encoded(format, quality));
    },
  };
}
