/** @file Short hash of contents, equal for equal contents on all machines of the same byte order. */
import { createHash } from "node:crypto";

export function fingerprint(...parts: readonly (string | Float32Array)[]): string {
  const hash = createHash("sha256");
  for (const part of parts)
    hash.update(typeof part === "string" ? part : new Uint8Array(part.buffer, part.byteOffset, part.byteLength));
  return hash.digest("hex").slice(0, 32);
}
