/** @file Messages between the service, or a worker of a queue, and a process that restores or trains. */
import type { OutputPlan } from "../../platform/node/photos/output-paths.js";
import type { ShareTask, TrainedShare } from "../../platform/node/runs/training-share.js";
import type { ErrorCode } from "../../src/base/errors.js";
import type { RestoreProgress } from "../../src/restoration/restorer.js";
import type { SamplerInput } from "../../src/samplers/catalog.js";
import type { Settings } from "./contract.js";

export interface RestoreTask {
  readonly plan: OutputPlan;
  readonly mask: string | null;
  readonly settings: Settings & { readonly model: string; readonly sampler?: SamplerInput | undefined };
  /** Name of the photo in error messages. */
  readonly name: string;
  /** The requesting command, for the page of several samples. */
  readonly command: string;
  /** Replace existing outputs. */
  readonly overwrite: boolean;
}

/** Requests to the process, which handles them in order. */
export type Question =
  | { readonly type: "open"; readonly model: string }
  | { readonly type: "restore"; readonly task: RestoreTask }
  | { readonly type: "train"; readonly task: ShareTask };

/** `id` identifies the question; an answer repeats it, and a `cancel` names the question to stop. */
export type ToWorker = { readonly id: number } & (Question | { readonly type: "cancel" });

export interface RestoredPhoto {
  readonly files: readonly string[];
  readonly sharp: boolean;
  readonly seconds: number;
  readonly warnings: readonly string[];
  readonly explains: number | null;
}

export type Answer =
  /** The model is open; the time limit of decoding starts. */
  | { readonly type: "opened" }
  /** The model cannot be opened, which is not the photo's fault. */
  | ({ readonly type: "no-model" } & Failure)
  | { readonly type: "decoded" }
  | { readonly type: "progress"; readonly progress: RestoreProgress }
  | { readonly type: "done"; readonly restored: RestoredPhoto }
  /** Steps of a share that are done. */
  | { readonly type: "steps"; readonly done: number }
  | { readonly type: "trained"; readonly share: TrainedShare }
  | ({ readonly type: "failed" } & Failure);

export interface Failure {
  readonly code: ErrorCode | "internal";
  readonly message: string;
  /** The system's error code, if that is the cause: ENOSPC. */
  readonly system?: string | undefined;
}

export type FromWorker = { readonly id: number } & Answer;
