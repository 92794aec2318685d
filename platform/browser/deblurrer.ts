/**
 * @file What a page asks of the restorer behind its worker: open a photo, open a model, restore, look at the steps. Everything here is
 * plain data that can be posted; no network request is made once a model is open.
 */

export interface OpenedPhoto {
  /** Name of the worker's copy; the pixels stay there. */
  readonly id: string;
  readonly name: string;
  /** Pixels, after the EXIF orientation has been applied. */
  readonly width: number;
  readonly height: number;
  readonly alpha: boolean;
  /** "image/jpeg" and so on: also the format of a download unless told otherwise. */
  readonly type: string;
  /** One sentence for each part of the file that a download loses. */
  readonly warnings: readonly string[];
}

export interface OpenedModel {
  readonly name: string;
  readonly title: string;
  /** Diffusion steps unless told otherwise; 0 for the prediction alone. */
  readonly steps: number;
  /** Diffusion steps where a setting needs them and says no number. */
  readonly diffusionSteps: number;
  readonly canDiffuse: boolean;
  /** What computes: "WebGPU", "WebAssembly, 4 threads", "WebAssembly, 1 thread". */
  readonly device: string;
}

export interface Region {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** The knobs of src/restoration/knobs.ts that a page offers. */
export interface DeblurSettings {
  readonly steps?: number;
  readonly realism?: number;
  readonly stop?: "settled";
  readonly keepTone?: boolean;
  readonly samples?: number;
  readonly restoreSharp?: boolean;
  readonly seed?: number;
  /** Sees and returns this part of the photo only: a preview. */
  readonly region?: Region;
  /** Grey [height * width] of the photo's size, 255 where to restore. */
  readonly mask?: Uint8Array;
  /** Keep pictures of every diffusion step (at most 512 px on the longer side) for the scrubber. */
  readonly keepSteps?: boolean;
  /** Fit the local blur between photo and restoration. */
  readonly check?: boolean;
}

export interface DeblurProgress {
  readonly done: number;
  readonly total: number;
  readonly stage: string;
  /** null until it can be told. */
  readonly secondsLeft: number | null;
}

export interface StepPictures {
  /** The noisy image x_t, the estimate of x_0, and |change| of that estimate since the step before (null at the first). */
  readonly noisy: ImageBitmap;
  readonly estimate: ImageBitmap;
  readonly change: ImageBitmap | null;
  readonly label: string;
}

export interface DeblurResult {
  readonly id: string;
  readonly width: number;
  readonly height: number;
  /** One a sample. */
  readonly samples: readonly ImageBitmap[];
  /** With more than one sample. */
  readonly summary: {
    readonly mean: ImageBitmap;
    /** Standard deviation of a pixel over the samples, as a heat map. */
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
  /** Which sample, or the mean. */
  readonly what: number | "mean";
  readonly type?: "image/jpeg" | "image/png" | "image/webp";
}

/** A model of the page's own host. */
export interface ListedModel {
  readonly name: string;
  readonly summary: string;
  /** To be loaded at the first use. */
  readonly bytes: number;
}

/** Rejects with an Error whose message is for people; with an AbortError when the signal was aborted. */
export interface Deblurrer {
  /** What `openModel` takes by name. */
  listModels(): Promise<readonly ListedModel[]>;
  openModel(source: string | File, onProgress?: (loaded: number, total: number) => void): Promise<OpenedModel>;
  openPhoto(photo: Blob, name: string): Promise<{ readonly photo: OpenedPhoto; readonly picture: ImageBitmap }>;
  deblur(
    photoId: string,
    settings: DeblurSettings,
    options?: { readonly signal?: AbortSignal; readonly onProgress?: (progress: DeblurProgress) => void },
  ): Promise<DeblurResult>;
  /** The result as a file in the photo's format, with its metadata where the format carries it. */
  download(resultId: string, choice: DownloadChoice): Promise<File>;
  forget(id: string): void;
}
