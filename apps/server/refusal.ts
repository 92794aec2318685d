/** @file The reason why a request is not served: an HTTP status, a code for programs and a message for people. */
import { UnknownFormatError } from "../../platform/node/photos/image-source.js";
import { type ErrorCode, UnblurError } from "../../src/base/errors.js";

export class Refusal extends Error {
  override readonly name = "Refusal";
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    /** `retryAfter`: seconds. `cause`: for the log, not for the client. */
    { retryAfter, cause }: { readonly retryAfter?: number; readonly cause?: unknown } = {},
  ) {
    super(message, { cause });
    this.retryAfterSeconds = retryAfter;
  }

  readonly retryAfterSeconds: number | undefined;
}

/** Status logged for a request whose client hung up. */
export const CLIENT_CLOSED_REQUEST = 499;

export const stopping = (): Refusal =>
  new Refusal(503, "stopping", "the server is stopping; try again later", { retryAfter: 10 });

/** Statuses of library errors that the request caused; all others are internal. */
const STATUS: Partial<Record<ErrorCode, number>> = {
  image: 422,
  argument: 422,
  shape: 422,
  cancelled: 409,
};

/** System error codes for a lack of disk space or file handles. */
const NO_ROOM: ReadonlySet<string> = new Set(["ENOSPC", "EDQUOT", "EMFILE", "ENFILE", "EROFS"]);

/** The system's code of an error or of its cause. */
export function systemCode(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const { code } = error as NodeJS.ErrnoException;
  return code !== undefined && /^E[A-Z0-9]+$/.test(code) ? code : systemCode(error.cause);
}

/** Framework errors by their code. */
const OF_FRAMEWORK: Readonly<Record<string, { readonly code: string; readonly message: string }>> = {
  FST_ERR_CTP_INVALID_MEDIA_TYPE: {
    code: "media-type",
    message:
      "expected a photo as the body, with its type (image/jpeg), or a form (multipart/form-data) with a field photo",
  },
  FST_ERR_CTP_EMPTY_TYPE: {
    code: "media-type",
    message: "expected a Content-Type: a photo's own (image/jpeg), or multipart/form-data with a field photo",
  },
  FST_REQ_FILE_TOO_LARGE: {
    code: "too-many-bytes",
    message: "expected a smaller file; this one exceeds the server's limit",
  },
  FST_ERR_CTP_BODY_TOO_LARGE: {
    code: "too-many-bytes",
    message: "expected a smaller file; this one exceeds the server's limit",
  },
  FST_INVALID_MULTIPART_CONTENT_TYPE: { code: "media-type", message: "expected a form with a boundary" },
  FST_PROTO_VIOLATION: { code: "argument", message: "expected the names of settings as fields of the form" },
  FST_FIELDS_LIMIT: { code: "form", message: "expected a form with fewer fields; each setting is one field" },
  FST_FILES_LIMIT: { code: "form", message: "expected a form with the files photo and mask alone" },
};

/** Messages for the errors of file routes, which name their status only. */
const OF_STATUS: Readonly<Record<number, string>> = {
  400: "expected the path of a file, got one that cannot be read",
  403: "expected a path below this route, got one that leads out of it",
  416: "expected a range of bytes within the file; ask for the whole file",
};

export interface WithStatus extends Error {
  readonly statusCode?: number;
  readonly code?: string;
}

/** The refusal of a request without a body. */
export const noPhoto = (): Refusal =>
  new Refusal(415, "media-type", OF_FRAMEWORK.FST_ERR_CTP_INVALID_MEDIA_TYPE!.message);

/** Converts any error to a refusal. An unknown error is reported as status 500 without details. */
export function toRefusal(error: WithStatus): Refusal {
  if (error instanceof Refusal) return error;
  if (error instanceof UnknownFormatError) return new Refusal(415, "media-type", error.message);
  if (error instanceof UnblurError) {
    const status = STATUS[error.code];
    if (status) return new Refusal(status, error.code, error.message);
  }
  if (NO_ROOM.has(systemCode(error) ?? ""))
    return new Refusal(507, "no-room", "this server has no disk space for the photo at the moment; try again later", {
      ...{ retryAfter: 60, cause: error },
    });
  const status = error.statusCode ?? 500;
  const known = OF_FRAMEWORK[error.code ?? ""];
  if (known) return new Refusal(status === 500 ? 415 : status, known.code, known.message);
  if (status < 500) return new Refusal(status, "request", (!error.code && OF_STATUS[status]) || error.message);
  return new Refusal(500, "internal", "an internal error occurred; the server's log describes it");
}
