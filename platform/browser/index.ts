/**
 * Makes photos sharp again in a browser. Everything is computed in a worker; the only requests are those for the files
 * below `assets`.
 *
 * @packageDocumentation
 */
export { type ErrorCode, UnblurError } from "../../src/base/errors.js";
export type { Kernel } from "../../src/blur/kernel.js";
export type { Place } from "../../src/deconvolution/deconvolve.js";
export type { DeconvolverName } from "../../src/deconvolution/deconvolver-name.js";
export type { ImageFormat } from "../../src/images/photo.js";
export type { DeconvolvedPhoto, DeconvolveOptions } from "../../src/library/deconvolve.js";
export type * from "../../src/library/entry-types.js";
export type { PresetName } from "../../src/restoration/presets.js";
export { settingsSchema } from "../../src/restoration/settings.js";
export {
  type AssetOptions,
  type BrowserDeconvolveOptions,
  type Deconvolved,
  deconvolve,
  type Model,
  type ModelInfo,
  models,
  type OpenOptions,
  open,
  type Restored,
  type RestoredSamples,
  type RestoreOnceOptions,
  restore,
} from "./open.js";
export type { DeviceChoice as Device } from "./runtime.js";
export type { BrowserFormat, BrowserPlatform, Source } from "./saving.js";
