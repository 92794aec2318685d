/** @file What the service and a process that restores say to each other. */
import type { ErrorCode } from "../../src/base/errors.js";
import type { RestoreProgress } from "../../src/restoration/restorer.js";
import type { Settings } from "./contract.js";

export interface RestoreTask {
  readonly input: string;
  /** Its ending is the result's format; other results lie beside it. */
  readonly output: string;
  readonly mask: string | null;
  readonly settings: Settings & { readonly model: string };
}

export type ToWorker =
  | { readonly type: "open"; readonly model: string }
  | { readonly type: "restore"; readonly task: RestoreTask }
  | { readonly type: "cancel" };

export interface RestoredPhoto {
  readonly files: readonly string[];
  readonly sharp: boolean;
  readonly seconds: number;
  readonly warnings: readonly string[];
  readonly explains: number | null;
}

export type FromWorker =
  /** The model is open: from here on the clock of decoding runs. */
  | { readonly type: "opened" }
  | { readonly type: "decoded" }
  | { readonly type: "progress"; readonly progress: RestoreProgress }
  | { readonly type: "done"; readonly restored: RestoredPhoto }
  | { readonly type: "failed"; readonly code: ErrorCode | "internal"; readonly message: string };
