/** @file The types of an open model and its results, which every entry of the package that has models exports. */
export type { Raster } from "../images/image.js";
export type { RestorationSettings } from "../restoration/settings.js";
export type { OpenModel, RestoreEvent, Step, WarmUpOptions } from "./open-model.js";
export type { CanvasPixels } from "./pixels.js";
export type {
  EncodeOptions,
  FileOptions,
  LossyFormat,
  Picture,
  Platform,
  RestoredPhoto,
  Result,
  SampledPhoto,
} from "./restored.js";
export type { Applicable, NeedsSteps, Progress, RestoreOptions, RunOptions, Settings } from "./settings.js";
