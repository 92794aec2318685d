/**
 * @file Interface between a page and the restorer in its worker: open a photo, open a model, restore, view the steps.
 * All values are plain data that can be posted. Once a model is open, no network request is made.
 */
import type { Place } from "../../src/deconvolution/deconvolve.js";
import type { Raster } from "../../src/images/image.js";
import type { DeconvolveOptions } from "../../src/library/deconvolve.js";
import type { WorkEvent } from "../../src/library/open-model.js";
import type { Settings } from "../../src/library/settings.js";
import type { RestorationSettings } from "../../src/restoration/settings.js";
import type { PhotoFile } from "./photo-file.js";

export interface OpenedPhoto {
  /** Name of the photo in the worker, which keeps the pixels. */
  readonly id: string;
  readonly name: string;
  /** Size in pixels after applying the EXIF orientation. */
  readonly width: number;
  readonly height: number;
  readonly alpha: boolean;
  /** Media type such as "image/jpeg"; the default format of a download. */
  readonly type: string;
  /** One sentence for each part of the file that a download loses. */
  readonly warnings: readonly string[];
}

export interface OpenedModel {
  readonly name: string;
  readonly title: string;
  /** Default number of diffusion steps; 0 for the prediction alone. */
  readonly steps: number;
  /** Number of diffusion steps if a setting needs them and states no number. */
  readonly diffusionSteps: number;
  readonly canDiffuse: boolean;
  /**
   * The computing device for people, such as "the graphics card", or "the processor, 4 threads" with the reason why it is
   * not the graphics card.
   */
  readonly device: string;
}

export interface Region {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Settings of a restoration and what a page does with it. */
export interface DeblurSettings extends RestorationSettings {
  /** Restores and returns this part of the photo only, as a preview. */
  readonly region?: Region | undefined;
  /** Mask [height * width] of the photo's size: 255 is restored, 0 is kept. */
  readonly mask?: Uint8Array | undefined;
  /** Keep pictures of every diffusion step (at most 512 px on the longer side) for the scrubber. */
  readonly keepSteps?: boolean | undefined;
  /** Fit the local blur between photo and restoration. */
  readonly check?: boolean | undefined;
}

export interface DeblurProgress {
  readonly done: number;
  readonly total: number;
  readonly stage: string;
  /** Estimated seconds; null while there is no estimate. */
  readonly secondsLeft: number | null;
}

export interface StepPictures {
  /**
   * The noisy image x_t, the estimate of x_0, and the absolute change of the estimate since the previous step (null at
   * the first).
   */
  readonly noisy: ImageBitmap;
  readonly estimate: ImageBitmap;
  readonly change: ImageBitmap | null;
  readonly label: string;
}

export interface DeblurResult {
  readonly id: string;
  readonly width: number;
  readonly height: number;
  /** One picture per sample. */
  readonly samples: readonly ImageBitmap[];
  /** Set for more than one sample. */
  readonly summary: {
    readonly mean: ImageBitmap;
    /** Standard deviation of each pixel over the samples, as a heat map. */
    readonly uncertainty: ImageBitmap;
    readonly medoid: number;
    readonly mostDifferent: readonly [number, number];
  } | null;
  readonly steps: readonly StepPictures[];
  readonly sharpAlready: boolean;
  readonly check: { readonly explained: string; readonly kernels: ImageBitmap } | null;
  readonly seconds: number;
}

export interface DownloadChoice {
  /** Index of the sample, or the mean. */
  readonly what: number | "mean";
  readonly type?: "image/jpeg" | "image/png" | "image/webp";
  /** Share of the correction that is applied, 0 to 1 (1). */
  readonly strength?: number;
}

/** A model on the page's host. */
export interface ListedModel {
  readonly name: string;
  readonly summary: string;
  /** Bytes to download at the first use. */
  readonly bytes: number;
  /** The same as in `OpenedModel`, known before it is loaded. */
  readonly steps: number;
  readonly diffusionSteps: number;
  readonly canDiffuse: boolean;
}

/** A photo as a program gives it: a file or pixels. */
export type GivenPhoto = Blob | Raster;

/** A photo's file without its pixels: type, metadata and warnings, for writing a result of the same kind. */
export type PhotoOrigin = Omit<PhotoFile, "raster">;

/** A restoration as pixels, for programs. */
export interface RestoredPixels {
  /** One for each sample. */
  readonly rasters: readonly Raster[];
  readonly alreadySharp: boolean;
  readonly origin: PhotoOrigin;
}

/** An event of a restoration. A download is that of the model that is opened for the photo; its sizes are in bytes. */
export type PixelEvent = WorkEvent | { readonly type: "download"; readonly loaded: number; readonly total: number };

export interface PixelOptions {
  /** Name of a model that is opened unless the photo is already sharp; by default the one that is open. */
  readonly model?: string | undefined;
  /** White is restored, black stays. */
  readonly mask?: GivenPhoto | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Whether to report steps, whose pictures cost time. */
  readonly steps?: boolean | undefined;
  readonly onEvent?: ((event: PixelEvent) => void) | undefined;
}

export interface DeconvolvedPixels {
  readonly raster: Raster;
  readonly places: readonly Place[];
  readonly origin: PhotoOrigin;
}

export interface DeconvolvePixelOptions extends Omit<DeconvolveOptions, "onProgress"> {
  readonly onEvent?: ((share: number) => void) | undefined;
}

/** Methods reject with an Error whose message is for people, or with the reason of the signal. */
export interface Deblurrer {
  /** The models that `openModel` opens by name. */
  listModels(): Promise<readonly ListedModel[]>;
  openModel(source: string | File, onProgress?: (loaded: number, total: number) => void): Promise<OpenedModel>;
  openPhoto(photo: Blob, name: string): Promise<{ readonly photo: OpenedPhoto; readonly picture: ImageBitmap }>;
  deblur(
    photoId: string,
    settings: DeblurSettings,
    options?: { readonly signal?: AbortSignal; readonly onProgress?: (progress: DeblurProgress) => void },
  ): Promise<DeblurResult>;
  /** A result of an earlier `download` of the open photo, as if it had just been restored. */
  reopen(photoId: string, file: File): Promise<DeblurResult>;
  /** The result as a file in the photo's format, with its metadata if the format supports them. */
  download(resultId: string, choice: DownloadChoice): Promise<File>;
  release(id: string): void;
  /** Restores a photo that is not kept, as pixels. */
  restorePixels(photo: GivenPhoto, settings: Settings, options?: PixelOptions): Promise<RestoredPixels>;
  /** Blind deconvolution of a photo, without a model. */
  deconvolvePixels(photo: GivenPhoto, options?: DeconvolvePixelOptions): Promise<DeconvolvedPixels>;
}
