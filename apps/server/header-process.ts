/**
 * @file A process that reads headers of photos for the service. A decoder that a hostile header keeps busy, or makes
 * take memory, is ended with it; in the service's own process it would hold one of the few threads that also read
 * files, and outlive SIGTERM.
 */
import { openImage, UnknownFormatError } from "../../platform/node/photos/image-source.js";
import { UnblurError } from "../../src/base/errors.js";
import type { HeaderAnswer, HeaderQuestion } from "./header-messages.js";

async function answerTo({ path, name }: HeaderQuestion): Promise<HeaderAnswer> {
  try {
    const { format, storedAs, heic, header } = await openImage(path, { name, maxPixels: Number.POSITIVE_INFINITY });
    // A decoder of HEIC turns the picture by the file's own word, which libvips has done already.
    const { width, height, orientation = 1 } = heic ? { ...header, orientation: 1 } : header;
    return { type: "header", header: { format, type: `image/${storedAs}`, width, height, orientation } };
  } catch (error) {
    if (error instanceof UnknownFormatError) return { type: "unknown-format", message: error.message };
    if (error instanceof UnblurError) return { type: "failed", code: error.code, message: error.message };
    return { type: "failed", code: "internal", message: error instanceof Error ? (error.stack ?? "") : String(error) };
  }
}

process.on("message", async (question: HeaderQuestion) => process.send?.(await answerTo(question)));
// The service has ended. A plain exit would wait for the thread that a decoder holds.
process.on("disconnect", () => process.kill(process.pid, "SIGKILL"));
process.on("SIGINT", () => {}); // Ctrl-C reaches the whole group; the service decides
process.on("SIGTERM", () => {});
