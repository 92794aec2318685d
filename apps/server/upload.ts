/**
 * @file Streams a request's body to disk: a photo alone, or a form with a photo, a mask and settings. At most one chunk
 * is in memory.
 */
import { createWriteStream } from "node:fs";
import { join } from "node:path";
import { Readable, Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { FastifyRequest } from "fastify";
import { quoted } from "./quoted.js";
import { noPhoto, Refusal, systemCode, type WithStatus } from "./refusal.js";

export interface Upload {
  readonly photo: string;
  readonly mask: string | null;
  /** Settings as texts. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** Media type that the request declares: "image/jpeg". */
  readonly declared: string;
}

/** Longest media type that is accepted, because messages repeat it. */
const LONGEST_TYPE = 60;

const FILES = ["photo", "mask"] as const;
type FileField = (typeof FILES)[number];

function atMost(maxBytes: number): Transform {
  let bytes = 0;
  return new Transform({
    transform(chunk: Buffer, _, done) {
      bytes += chunk.length;
      done(bytes > maxBytes ? tooLarge(maxBytes) : null, chunk);
    },
  });
}

const tooLarge = (maxBytes: number): Refusal =>
  new Refusal(413, "too-many-bytes", `expected at most ${maxBytes / 1e6} MB, got more; send a smaller file`);

async function keep(stream: Readable, path: string, maxBytes: number): Promise<string> {
  await pipeline(stream, atMost(maxBytes), createWriteStream(path, { mode: 0o600 }));
  return path;
}

/** Converts the plain errors of a malformed form to a refusal; disk and framework errors carry a code and are kept. */
function malformed(error: unknown): unknown {
  if (error instanceof Refusal || systemCode(error) !== undefined || (error as WithStatus).statusCode !== undefined)
    return error;
  return new Refusal(
    400,
    "form",
    "expected a whole form (multipart/form-data), got one that cannot be read; send it again",
    {
      cause: error,
    },
  );
}

async function form(request: FastifyRequest, folder: string, maxBytes: number): Promise<Upload> {
  const paths: Partial<Record<FileField, string>> = {};
  const settings: Record<string, unknown> = { ...(request.query as object) };
  let declared = "";
  for await (const part of request.parts()) {
    if (part.type === "field") {
      settings[part.fieldname] = part.value;
      continue;
    }
    const field = FILES.find((name) => name === part.fieldname && !(name in paths));
    if (!field)
      throw new Refusal(
        422,
        "argument",
        `${quoted(part.fieldname)}: expected files in the fields photo and mask, one each`,
      );
    if (field === "photo") declared = part.mimetype.slice(0, LONGEST_TYPE);
    paths[field] = await keep(part.file, join(folder, field), maxBytes); // the client's file name is never used
  }
  const { photo, mask = null } = paths;
  if (photo === undefined)
    throw new Refusal(422, "argument", "photo: expected a file in this field of the form, got none");
  return { photo, mask, settings, declared };
}

/** Receives the upload into `folder`. Throws a Refusal; files written before it remain in `folder`. */
export async function receive(request: FastifyRequest, folder: string, maxBytes: number): Promise<Upload> {
  if (Number(request.headers["content-length"]) > maxBytes) throw tooLarge(maxBytes);
  if (request.isMultipart())
    return form(request, folder, maxBytes).catch((error: unknown) => {
      throw malformed(error);
    });
  if (!(request.body instanceof Readable)) throw noPhoto();
  return {
    photo: await keep(request.body, join(folder, "photo"), maxBytes),
    mask: null,
    settings: { ...(request.query as object) },
    declared: request.headers["content-type"]?.split(";")[0]?.trim().toLowerCase().slice(0, LONGEST_TYPE) ?? "",
  };
}
