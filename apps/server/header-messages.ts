/** @file Messages between the service and a header process: one answer per question, in order. */
import type { ErrorCode } from "../../src/base/errors.js";
import type { ImageFormat } from "../../src/images/photo.js";

export interface HeaderQuestion {
  readonly path: string;
  /** What errors call the file. */
  readonly name: string;
}

export interface PhotoHeader {
  /** The format that the restoration is written in. */
  readonly format: ImageFormat;
  /** "image/jpeg" and so on, of the bytes. */
  readonly type: string;
  /** As stored. */
  readonly width: number;
  readonly height: number;
  /** EXIF: 1 to 8. */
  readonly orientation: number;
}

export type HeaderAnswer =
  | { readonly type: "header"; readonly header: PhotoHeader }
  | { readonly type: "unknown-format"; readonly message: string }
  | { readonly type: "failed"; readonly code: ErrorCode | "internal"; readonly message: string };
