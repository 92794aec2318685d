/** @file Messages between the engine and the worker that computes. */
import type { PlainError } from "../../src/base/errors.js";
import type { CompiledGraph } from "../../src/graph/compile.js";
import type { Values } from "../../src/runtime/session.js";
import type { DeviceChoice, RuntimeSource } from "./runtime.js";

export type SessionCall =
  | { readonly kind: "load"; readonly choice: DeviceChoice; readonly source: RuntimeSource }
  | { readonly kind: "open"; readonly graph: CompiledGraph }
  | { readonly kind: "run"; readonly session: number; readonly feeds: Values }
  | { readonly kind: "release"; readonly session: number };

/** The answer to each call. */
export interface SessionResults {
  load: { readonly description: string };
  /** The session's number. The description changes if WebGPU turns out not to work. */
  open: { readonly session: number; readonly description: string };
  run: Values;
  release: null;
}

export type SessionPosted = SessionCall & { readonly id: number };
export type SessionAnswer =
  | { readonly id: number; readonly bytes: readonly [loaded: number, total: number] }
  | { readonly id: number; readonly value: SessionResults[keyof SessionResults] }
  | { readonly id: number; readonly error: PlainError };
