/**
 * @file How a job failed, as text: BullMQ keeps the message of an error and nothing else, and shows it to people.
 * "[image 422] a.jpg: ..." is a code for programs, the status of an answer where there is one, and the words.
 */
import { UnrecoverableError } from "bullmq";
import { UnblurError } from "../../src/base/errors.js";
import { Refusal } from "../server/refusal.js";

export interface JobFailure {
  readonly code: string;
  readonly status: number | null;
  readonly message: string;
}

/** Code of the failure of a photo that ended several processes. */
export const SET_ASIDE = "set-aside";
export const CANCELLED = "cancelled";
/** Code of the failure of a share whose worker ended. */
export const LOST = "lost";

export function failureOf(error: unknown): JobFailure {
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof Refusal) return { code: error.code, status: error.status, message };
  return { code: error instanceof UnblurError ? error.code : "internal", status: null, message };
}

const asText = ({ code, status, message }: JobFailure): string =>
  `[${code}${status === null ? "" : ` ${status}`}] ${message}`;

/** The error to fail a job with, tried again or not. It has no stack: that would tell paths of this machine. */
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
