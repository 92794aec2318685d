/** @file Messages between the page and its worker. Methods and their types are those of `Deblurrer`. */
import type { ErrorCode } from "../../src/base/errors.js";
import type { Deblurrer } from "./deblurrer.js";
import type { EngineOptions } from "./engine.js";

export type Method = keyof Deblurrer;
/** Arguments that can be posted: signals and callbacks stay with the page. */
export type Posted =
  | { readonly kind: "start"; readonly options: EngineOptions }
  | { readonly kind: "call"; readonly id: number; readonly method: Method; readonly args: readonly unknown[] }
  | { readonly kind: "abort"; readonly id: number };

export type Answer =
  | { readonly kind: "progress"; readonly id: number; readonly args: readonly unknown[] }
  | { readonly kind: "done"; readonly id: number; readonly value: unknown }
  | {
      readonly kind: "failed";
      readonly id: number;
      readonly name: string;
      /** Code of the error, if it is an `UnblurError`. */
      readonly code: ErrorCode | null;
      readonly message: string;
    };

/** All bitmaps in a value; they are transferred, not copied. */
export function bitmapsIn(value: unknown): ImageBitmap[] {
  if (typeof ImageBitmap !== "undefined" && value instanceof ImageBitmap) return [value];
  if (Array.isArray(value)) return value.flatMap(bitmapsIn);
  if (value !== null && typeof value === "object" && Object.getPrototypeOf(value) === Object.prototype)
    return Object.values(value).flatMap(bitmapsIn);
  return [];
}
