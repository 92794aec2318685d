/** @file Inputs for performing a task of any kind. */
import type { Task } from "../../../src/paper/plan.js";
import type { Model } from "../../../src/restoration/restorer.js";
import type { Runtime } from "../../../src/runtime/session.js";
import type { ResultFolder } from "./result-folder.js";

export interface TaskContext<T extends Task> {
  readonly task: T;
  /** The trained model with the task's changes. */
  readonly model: Model;
  readonly runtime: Runtime;
  /** The folder of the test pictures. */
  readonly testFolder: string;
  readonly results: ResultFolder;
  readonly signal: AbortSignal | undefined;
  onProgress(done: number, total: number): void;
}
