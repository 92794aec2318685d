/** @file Reads a growing file of lines that another program appends to; starts again when the file is replaced. */
import { open, stat } from "node:fs/promises";

const CHUNK = 1 << 20;

export class Tail {
  #inode: bigint | null = null;
  #offset = 0;
  /** Bytes of an incomplete line. */
  #rest: Uint8Array = new Uint8Array();

  constructor(readonly path: string) {}

  /**
   * Calls `line` for every line added since the last call, in order, and `restart` before the first line if the file
   * was replaced or truncated. A missing file has no lines. Resolves to whether anything was read.
   */
  async read(restart: () => void, line: (text: string) => void): Promise<boolean> {
    const found = await stat(this.path, { bigint: true }).catch(() => null);
    const replaced = this.#inode !== null && (!found || found.ino !== this.#inode || found.size < BigInt(this.#offset));
    if (replaced) {
      [this.#offset, this.#rest] = [0, new Uint8Array()];
      restart();
    }
    this.#inode = found?.ino ?? null;
    if (!found || found.size === BigInt(this.#offset)) return replaced;
    const decoder = new TextDecoder();
    const file = await open(this.path);
    try {
      for (;;) {
        const { bytesRead, buffer } = await file.read(new Uint8Array(CHUNK), 0, CHUNK, this.#offset);
        if (bytesRead === 0) return true;
        this.#offset += bytesRead;
        const bytes = new Uint8Array(this.#rest.length + bytesRead);
        bytes.set(this.#rest);
        bytes.set(buffer.subarray(0, bytesRead), this.#rest.length);
        const end = bytes.lastIndexOf(0x0a) + 1;
        this.#rest = bytes.slice(end);
        for (const text of decoder.decode(bytes.subarray(0, end)).split("\n")) if (text !== "") line(text);
      }
    } finally {
      await file.close();
    }
  }
}
