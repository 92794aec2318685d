/** @file What the service and a process that reads headers say to each other: one answer to each question, in turn. */
import type { ErrorCode } from "../../src/base/errors.js";
import type { ImageFormat } from "../../src/images/photo.js";

export interface HeaderQuestion {
  readonly path: string;
  /** What errors call the file. */
  readonly name: string;
}

export interface PhotoHeader {
  readonly format: ImageFormat;
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
