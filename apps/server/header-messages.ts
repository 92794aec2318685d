/** @file Messages between the service and a header process: one answer per question, in order. */
import type { ErrorCode } from "../../src/base/errors.js";
import type { ImageFormat } from "../../src/images/photo.js";

export interface HeaderQuestion {
  readonly path: string;
  /** Name of the file in error messages. */
  readonly name: string;
}

export interface PhotoHeader {
  /** Format in which the restoration is written. */
  readonly format: ImageFormat;
  /** Media type of the bytes, such as "image/jpeg". */
  readonly type: string;
  /** Stored size in pixels, before applying the orientation. */
  readonly width: number;
  readonly height: number;
  /** EXIF orientation, 1 to 8. */
  readonly orientation: number;
}

export type HeaderAnswer =
  | { readonly type: "header"; readonly header: PhotoHeader }
  | { readonly type: "unknown-format"; readonly message: string }
  | { readonly type: "failed"; readonly code: ErrorCode | "internal"; readonly message: string };
