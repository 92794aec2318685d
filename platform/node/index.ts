/**
 * Makes photos sharp again that a shaking camera or a moving subject has blurred.
 *
 * @packageDocumentation
 */
export { type ErrorCode, UnblurError } from "../../src/base/errors.js";
export type { Kernel } from "../../src/blur/kernel.js";
export type { Place } from "../../src/deconvolution/deconvolve.js";
export type { DeconvolverName } from "../../src/deconvolution/deconvolver-name.js";
export type { ImportedTensor, ImportHints } from "../../src/exchange/import-checkpoint.js";
export type { ExportRole } from "../../src/exchange/onnx/export-model.js";
export type { VerifiedSize } from "../../src/exchange/onnx/verify-export.js";
export type { ImageFormat } from "../../src/images/photo.js";
export type { DeconvolvedPhoto, DeconvolveOptions } from "../../src/library/deconvolve.js";
export type * from "../../src/library/entry-types.js";
export type { PresetName } from "../../src/restoration/presets.js";
export { settingsSchema } from "../../src/restoration/settings.js";
export { type Deconvolved, deconvolve } from "./library/deconvolve.js";
export { type ModelInfo, models } from "./library/models.js";
export {
  type Model,
  type OpenOptions,
  open,
  type Restored,
  type RestoredSamples,
  type RestoreOnceOptions,
  restore,
} from "./library/open.js";
export type { NodePlatform } from "./library/saving.js";
export type { Source } from "./library/source.js";
export { type ExportedModelFile, type ExportModelOptions, exportModel } from "./models/export-model.js";
export { type ImportOptions, type InstalledImport, importModel, type Provenance } from "./models/import-model.js";
export type { Device } from "./threads/runtime.js";
