/**
 * @file A process that reads photo headers for the service. If a hostile header keeps a decoder busy or exhausts
 * memory, this process is killed. In the service's own process the decoder would occupy one of the few threads that
 * also read files, and would survive SIGTERM.
 */
import { openImage, UnknownFormatError } from "../../platform/node/photos/image-source.js";
import { UnblurError } from "../../src/base/errors.js";
import type { HeaderAnswer, HeaderQuestion } from "./header-messages.js";

async function answerTo({ path, name }: HeaderQuestion): Promise<HeaderAnswer> {
  try {
    const { format, storedAs, heic, header } = await openImage(path, { name, maxPixels: Number.POSITIVE_INFINITY });
    // libvips has already applied the rotation that a HEIC file states.
    const { width, height, orientation = 1 } = heic ? { ...header, orientation: 1 } : header;
    return { type: "header", header: { format, type: `image/${storedAs}`, width, height, orientation } };
  } catch (error) {
    if (error instanceof UnknownFormatError) return { type: "unknown-format", message: error.message };
    if (error instanceof UnblurError) return { type: "failed", code: error.code, message: error.message };
    return { type: "failed", code: "internal", message: error instanceof Error ? (error.stack ?? "") : String(error) };
  }
}

process.on("message", async (question: HeaderQuestion) => process.send?.(await answerTo(question)));
// The service has ended. process.exit would wait for a thread occupied by a decoder.
process.on("disconnect", () => process.kill(process.pid, "SIGKILL"));
process.on("SIGINT", () => {}); // Ctrl-C reaches the whole process group; the service decides when to stop
process.on("SIGTERM", () => {});
