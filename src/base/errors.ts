/**
 * @file The library's error class. Every message says where the error occurred, what was expected, what came and what
 * to do.
 */
import { oneLine } from "./one-line.js";

export type ErrorCode =
  | "shape" // tensors or images whose sizes do not fit
  | "argument" // an option or parameter outside its range
  | "config" // a configuration file that does not validate
  | "device" // a device or thread setting that is not available here
  | "image" // a file that is not a readable image
  | "data" // a data set that is incomplete or laid out differently than expected
  | "checkpoint" // a checkpoint that is missing, damaged or of another network
  | "numeric" // NaN or infinity where a finite number was expected
  | "cache" // a cache that cannot be written
  | "file" // a file that cannot be read or written
  | "cancelled"; // stopped on request

/** The one error class of the library: `code` is for programs, `message` for people, always one line. */
export class UnblurError extends Error {
  override readonly name = "UnblurError";
  constructor(
    readonly code: ErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(oneLine(message), options);
  }
}

/** "ResidualBlock: expected [N, 64, H, W], got [1, 32, 16, 16]". */
export function shapeError(where: string, expected: string, got: readonly number[] | string): UnblurError {
  return new UnblurError(
    "shape",
    `${where}: expected ${expected}, got ${typeof got === "string" ? got : `[${got.join(", ")}]`}`,
  );
}

/** "linearSchedule: T must be a positive integer, got 0". */
export function argumentError(where: string, expected: string, got: unknown): UnblurError {
  return new UnblurError("argument", `${where}: ${expected}, got ${String(got)}`);
}

/** Throws `argument` unless the value is one of the choices: "preset: expected one of fast, natural, got slow". */
export function checkChoice(where: string, choices: readonly unknown[], value: unknown): void {
  if (!choices.includes(value)) throw argumentError(where, `expected one of ${choices.join(", ")}`, value);
}

/** The error of work that was asked to stop. `cause`: the reason of its signal. */
export const cancelled = (cause?: unknown): UnblurError =>
  new UnblurError("cancelled", "stopped on request", { cause });

/** Throws a `cancelled` error if the signal has fired. Long work calls it between steps. */
export function throwIfCancelled(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw cancelled(signal.reason);
}

/** An error as plain data: what is sent to another thread loses its class, and with it the code. */
export interface PlainError {
  readonly code: ErrorCode;
  readonly message: string;
}

/** `unknown`: the code of an error that is not an UnblurError. */
export const plainError = (error: unknown, unknown: ErrorCode): PlainError => ({
  code: error instanceof UnblurError ? error.code : unknown,
  message: error instanceof Error ? error.message : String(error),
});
