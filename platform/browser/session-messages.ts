/** @file What the engine and the worker that computes post to one another. */
import type { ErrorCode } from "../../src/base/errors.js";
import type { CompiledGraph } from "../../src/graph/compile.js";
import type { Values } from "../../src/runtime/session.js";
import type { DeviceChoice, RuntimeSource } from "./runtime.js";

export type SessionCall =
  | { readonly kind: "load"; readonly choice: DeviceChoice; readonly source: RuntimeSource }
  | { readonly kind: "open"; readonly graph: CompiledGraph }
  | { readonly kind: "run"; readonly session: number; readonly feeds: Values }
  | { readonly kind: "release"; readonly session: number };

/** What each call is answered with. */
export interface SessionResults {
  load: { readonly description: string };
  /** A session's number; the description changes if WebGPU turned out not to work. */
  open: { readonly session: number; readonly description: string };
  run: Values;
  release: null;
}

export type SessionPosted = SessionCall & { readonly id: number };
export type SessionAnswer =
  | { readonly id: number; readonly bytes: readonly [loaded: number, total: number] }
  | { readonly id: number; readonly value: SessionResults[keyof SessionResults] }
  | { readonly id: number; readonly error: { readonly code: ErrorCode; readonly message: string } };
