/**
 * @file Failure of a job as text. BullMQ stores the message of an error only and shows it to people. Its form is
 * "[image 422] a.jpg: ...": a code for programs, the HTTP status if there is one, and the sentence.
 */
import { UnrecoverableError } from "bullmq";
import { UnblurError } from "../../src/base/errors.js";
import { Refusal } from "../server/refusal.js";

export interface JobFailure {
  readonly code: string;
  readonly status: number | null;
  readonly message: string;
}

/** Failure code of a photo that ended several processes. */
export const SET_ASIDE = "set-aside";
export const CANCELLED = "cancelled";
/** Failure code of a share whose worker ended. */
export const LOST = "lost";

export function failureOf(error: unknown): JobFailure {
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof Refusal) return { code: error.code, status: error.status, message };
  return { code: error instanceof UnblurError ? error.code : "internal", status: null, message };
}

const asText = ({ code, status, message }: JobFailure): string =>
  `[${code}${status === null ? "" : ` ${status}`}] ${message}`;

/**
 * Error to fail a job with, whether it is retried or not. It has no stack, which would contain paths of this machine.
 */
export function jobError(failure: JobFailure, { final }: { readonly final: boolean }): Error {
  const error = final ? new UnrecoverableError(asText(failure)) : new Error(asText(failure));
  error.stack = error.message;
  return error;
}

export function failureFromText(text: string): JobFailure {
  const [, code, status, message] = /^\[([a-z-]+)(?: (\d{3}))?\] (.*)$/s.exec(text) ?? [];
  if (code !== undefined) return { code, status: status === undefined ? null : Number(status), message: message! };
  // BullMQ's own words for a job whose workers ended, both, while they had it.
  if (/stalled more than allowable/.test(text)) return { code: SET_ASIDE, status: null, message: setAsideWords };
  return { code: "internal", status: null, message: text };
}

export const setAsideWords = "set aside: the workers or processes that restored it ended, twice";
