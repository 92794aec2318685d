/** @file What the service, or a worker of a queue, and a process that restores say to each other. */
import type { OutputPlan } from "../../platform/node/photos/output-paths.js";
import type { ErrorCode } from "../../src/base/errors.js";
import type { RestoreProgress } from "../../src/restoration/restorer.js";
import type { SamplerInput } from "../../src/samplers/catalog.js";
import type { Settings } from "./contract.js";

export interface RestoreTask {
  readonly plan: OutputPlan;
  readonly mask: string | null;
  readonly settings: Settings & { readonly model: string; readonly sampler?: SamplerInput | undefined };
  /** What errors call the photo. */
  readonly name: string;
  /** The command that asked, for the page of several samples. */
  readonly command: string;
  /** Whether outputs that are there already are replaced. */
  readonly overwrite: boolean;
}

/** What the process does, one after the other in the order of asking. */
export type Question =
  | { readonly type: "open"; readonly model: string }
  | { readonly type: "restore"; readonly task: RestoreTask };

/** `id`: of the question; an answer has that of its question, a `cancel` that of what is to stop. */
export type ToWorker = { readonly id: number } & (Question | { readonly type: "cancel" });

export interface RestoredPhoto {
  readonly files: readonly string[];
  readonly sharp: boolean;
  readonly seconds: number;
  readonly warnings: readonly string[];
  readonly explains: number | null;
}

export type Answer =
  /** The model is open: from here on the clock of decoding runs. */
  | { readonly type: "opened" }
  /** The model cannot be opened: no fault of the photo. */
  | ({ readonly type: "no-model" } & Failure)
  | { readonly type: "decoded" }
  | { readonly type: "progress"; readonly progress: RestoreProgress }
  | { readonly type: "done"; readonly restored: RestoredPhoto }
  | ({ readonly type: "failed" } & Failure);

export interface Failure {
  readonly code: ErrorCode | "internal";
  readonly message: string;
  /** The system's code, where that is the reason: ENOSPC. */
  readonly system?: string | undefined;
}

export type FromWorker = { readonly id: number } & Answer;
