/** @file The library: the exports of `unblur-photo` in Node. */
export { type ErrorCode, UnblurError } from "../../src/base/errors.js";
export { type Deconvolution, type DeconvolveOptions, deconvolve } from "../../src/deconvolution/deconvolve.js";
export {
  type BlindCandidate,
  type BlindDeconvolution,
  type BlindPlace,
  type DeconvolveBlindOptions,
  deconvolveBlind,
} from "../../src/deconvolution/hypotheses/deconvolve-blind.js";
export type { Planes, Raster } from "../../src/images/image.js";
export type { ImageFormat, Photo, PhotoMetadata } from "../../src/images/photo.js";
export { planesFromRaster, rasterFromPlanes, rasterLike } from "../../src/images/pixels.js";
export { restorePhoto } from "../../src/restoration/restore-photo.js";
export type { Restoration, RestoreOptions, RestoreProgress, Restorer } from "../../src/restoration/restorer.js";
export { type Sharpness, sharpnessOf } from "../../src/restoration/sharpness.js";
export { type DeblurOptions, type Deblurred, deblur } from "./deblur.js";
export { type ExportedModelFile, type ExportModelOptions, exportModel } from "./models/export-model.js";
export { type ImportOptions, type InstalledImport, importModel } from "./models/import-model.js";
export { type LoadRestorerOptions, loadRestorer } from "./models/load-restorer.js";
export { installedModelNames, packagedModelNames } from "./models/model-folders.js";
export { type EncodeOptions, encodeImage, type ReadOptions, readImage, writeImage } from "./photos/image-file.js";
export { DEVICES, type Device } from "./threads/runtime.js";
