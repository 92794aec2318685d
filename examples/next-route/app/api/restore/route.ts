/**
 * @file A route of Next.js, or of any server of web requests: `POST /api/restore` with a photo as the body gives the
 * restored photo.
 */
import { open, UnblurError } from "unblur-photo";

/** Not the edge runtime: the networks are computed by a native library. */
export const runtime = "nodejs";
/** Seconds; 20 megapixels take about a minute with this model. */
export const maxDuration = 300;

const MAX_BYTES = 25e6;

/** One model for all requests; photos wait for each other, so that memory stays that of one. */
let model: ReturnType<typeof open> | undefined;

export async function POST(request: Request): Promise<Response> {
  const photo = new Uint8Array(await request.arrayBuffer());
  if (photo.length > MAX_BYTES) return new Response("the photo is larger than 25 MB", { status: 413 });
  try {
    model ??= open("fast");
    const restored = await (await model).restore(photo, { signal: request.signal });
    return new Response(await restored.toBlob());
  } catch (error) {
    if (request.signal.aborted) return new Response(null, { status: 499 });
    if (!(error instanceof UnblurError)) throw error;
    return new Response(error.message, { status: error.code === "image" ? 422 : 500 });
  }
}
