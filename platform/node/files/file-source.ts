/** @file Random access to a checkpoint's file, of which only parts may be needed. */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import type { FileHandle } from "node:fs/promises";
import { UnblurError } from "../../../src/base/errors.js";
import type { CheckpointSource } from "../../../src/exchange/pytorch/source.js";
import { openRegular } from "./read-regular.js";

export interface FileSource extends CheckpointSource, AsyncDisposable {
  /** SHA-256 of the whole file, in hexadecimal. */
  sha256(): Promise<string>;
}

/** Opens a file. Throws `file` if it cannot be read. */
export async function openFileSource(path: string): Promise<FileSource> {
  const unreadable = (cause: unknown) =>
    new UnblurError("file", `${path}: it cannot be read (${String(cause)}); check the path and its permissions`, {
      cause,
    });
  let file: FileHandle;
  try {
    file = await openRegular(path);
  } catch (cause) {
    throw unreadable(cause);
  }
  const { size } = await file.stat();
  return {
    size,
    async read(offset, length) {
      const bytes = new Uint8Array(Math.max(0, Math.min(length, size - offset)));
      let done = 0;
      while (done < bytes.length) {
        const { bytesRead } = await file.read(bytes, done, bytes.length - done, offset + done);
        if (bytesRead === 0) break; // the file was shortened meanwhile
        done += bytesRead;
      }
      return done === bytes.length ? bytes : bytes.slice(0, done);
    },
    async sha256() {
      const hash = createHash("sha256");
      for await (const chunk of createReadStream(path)) hash.update(chunk as Uint8Array);
      return hash.digest("hex");
    },
    [Symbol.asyncDispose]: () => file.close(),
  };
}
