/**
 * @file Cache of decoded pictures on disk, so that training reads crops instead of decoding whole files. One file for
 * each picture: RGB bytes after a small header, named after its path, size and modification time. Damaged files are
 * recreated.
 */
import { createHash } from "node:crypto";
import { closeSync, fstatSync, mkdirSync, openSync, readSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import sharp from "sharp";
import { UnblurError } from "../../../src/base/errors.js";
import type { PatchReader } from "../../../src/data/draw-patch.js";
import type { Rect } from "../../../src/images/crop.js";
import type { Raster } from "../../../src/images/image.js";
import { writeFileAtomically } from "../files/atomic-file.js";
import { clearLeftovers } from "../files/leftovers.js";
import { readRgb } from "../photos/image-file.js";

const MAGIC = 0x70786231; // "pxb1"
const HEADER_BYTES = 16;
/** Limit of open files: enough for a small data set, far below any system's limit. */
const MAX_OPEN = 256;

/** Default folder of the cache: UNBLUR_CACHE, or the platform's cache folder. */
export function defaultCacheFolder(): string {
  const { UNBLUR_CACHE, XDG_CACHE_HOME, LOCALAPPDATA } = process.env;
  if (UNBLUR_CACHE) return UNBLUR_CACHE;
  if (process.platform === "darwin") return join(homedir(), "Library", "Caches", "unblur");
  return join((process.platform === "win32" ? LOCALAPPDATA : XDG_CACHE_HOME) ?? join(homedir(), ".cache"), "unblur");
}

interface Entry {
  readonly fd: number;
  readonly width: number;
  readonly height: number;
}

/**
 * A reader for one thread. Close it when done. Several processes may share a folder, because files are written
 * atomically.
 */
export class PixelCache implements PatchReader {
  readonly #folder: string;
  readonly #open = new Map<string, Promise<Entry>>();

  constructor(folder: string = defaultCacheFolder()) {
    this.#folder = join(folder, "pixels");
    try {
      mkdirSync(this.#folder, { recursive: true });
    } catch (cause) {
      throw new UnblurError(
        "file",
        `${this.#folder}: the cache's folder cannot be created (${String(cause)}); set UNBLUR_CACHE to a writable folder`,
        { cause },
      );
    }
    void clearLeftovers(this.#folder);
  }

  async size(path: string): Promise<{ readonly width: number; readonly height: number }> {
    const { width, height } = await this.#entry(path);
    return { width, height };
  }

  async read(path: string, { left, top, width, height }: Rect): Promise<Raster> {
    const entry = await this.#entry(path);
    if (left < 0 || top < 0 || left + width > entry.width || top + height > entry.height) {
      throw new UnblurError(
        "data",
        `${path}: expected at least ${left + width}x${top + height} px, got ${entry.width}x${entry.height}; is it the partner of a photo of another size?`,
      );
    }
    // Whole rows are read at once: fewer calls than one per part of a row, and the page cache holds them anyway.
    const stride = entry.width * 3;
    const rows = Buffer.allocUnsafe(height * stride);
    readFully(entry.fd, rows, HEADER_BYTES + top * stride);
    const data = new Uint8Array(width * height * 3);
    for (let y = 0; y < height; y++)
      data.set(rows.subarray(y * stride + left * 3, y * stride + (left + width) * 3), y * width * 3);
    return { width, height, channels: 3, data };
  }

  asJpeg(picture: Raster, quality: number): Promise<Raster> {
    return jpegRoundTrip(picture, quality);
  }

  async close(): Promise<void> {
    const entries = await Promise.allSettled(this.#open.values());
    this.#open.clear();
    for (const entry of entries) if (entry.status === "fulfilled") closeSync(entry.value.fd);
  }

  #entry(path: string): Promise<Entry> {
    let entry = this.#open.get(path);
    if (entry) {
      this.#open.delete(path); // the map's order is the order of use
    } else {
      entry = this.#load(path);
      entry.catch(() => this.#open.delete(path));
    }
    this.#open.set(path, entry);
    if (this.#open.size > MAX_OPEN) {
      const [oldest, closing] = this.#open.entries().next().value!;
      this.#open.delete(oldest);
      closing.then(({ fd }) => closeSync(fd)).catch(() => {});
    }
    return entry;
  }

  async #load(path: string): Promise<Entry> {
    const cached = join(this.#folder, this.#nameOf(path));
    const known = openEntry(cached);
    if (known) return known;
    const { width, height, data } = await readRgb(path);
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    const header = new Uint8Array(HEADER_BYTES);
    const view = new DataView(header.buffer);
    for (const [i, value] of [MAGIC, width, height].entries()) view.setUint32(4 * i, value, true);
    try {
      await writeFileAtomically(cached, [header, bytes]);
    } catch (cause) {
      // Skipping the picture would not help: the next one would meet the same full disk.
      throw new UnblurError(
        "cache",
        `${this.#folder}: the cache of decoded pictures cannot be written (${String(cause)}); it needs about ${Math.ceil(data.length / 1e6)} MB for a picture like ${path}. Free some space, or set UNBLUR_CACHE to another folder`,
        { cause },
      );
    }
    const made = openEntry(cached);
    if (!made)
      throw new UnblurError("file", `${cached}: it was written but cannot be read; is the disk full or failing?`);
    return made;
  }

  #nameOf(path: string): string {
    const absolute = resolve(path);
    let stamp: string;
    try {
      const { size, mtimeMs } = statSync(absolute);
      stamp = `${size} ${mtimeMs}`;
    } catch (cause) {
      throw new UnblurError("file", `${path}: it cannot be read (${String(cause)})`, { cause });
    }
    const name = createHash("sha256").update(`${absolute}\n${stamp}`);
    return `${name.digest("hex").slice(0, 40)}.rgb`;
  }
}

function readFully(fd: number, into: Buffer, position: number): void {
  for (let at = 0; at < into.length; ) {
    const count = readSync(fd, into, at, into.length - at, position + at);
    if (count === 0)
      throw new UnblurError("file", "a cached picture ends early; delete the cache's folder and start again");
    at += count;
  }
}

/** Opens a cached picture; null if it is missing or incomplete. */
function openEntry(path: string): Entry | null {
  let fd: number;
  try {
    fd = openSync(path, "r");
  } catch {
    return null;
  }
  const header = Buffer.alloc(HEADER_BYTES);
  const count = readSync(fd, header, 0, HEADER_BYTES, 0);
  const [magic, width, height] = [0, 4, 8].map((at) => header.readUInt32LE(at)) as [number, number, number];
  if (count === HEADER_BYTES && magic === MAGIC && fstatSync(fd).size === HEADER_BYTES + width * height * 3)
    return { fd, width, height };
  closeSync(fd);
  return null;
}

/** JPEG compression of 8-bit RGB and back: libjpeg's losses, with 4:2:0 chroma as in cameras. quality: 1 to 100. */
export async function jpegRoundTrip({ width, height, data }: Raster, quality: number): Promise<Raster> {
  const jpeg = await sharp(data, { raw: { width, height, channels: 3 } })
    .jpeg({ quality, chromaSubsampling: "4:2:0" })
    .toBuffer();
  const bytes = await sharp(jpeg).raw().toBuffer();
  return { width, height, channels: 3, data: new Uint8Array(bytes) };
}
