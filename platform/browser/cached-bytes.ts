/**
 * @file Cache of files from the page's host, in Cache Storage. Each address contains a checksum or a version of its
 * content, so cached files are never out of date.
 */
import { UnblurError } from "../../src/base/errors.js";

const CACHE = "unblur-files";

/** Progress of a download; `loaded` and `total` in bytes. */
export type OnBytes = (loaded: number, total: number) => void;

/**
 * Reports of a download of several files, of which the share that is loaded never falls: a report that would take it
 * back is left out, as after a file that turns out larger than its host's list says.
 */
export function risingBytes(onBytes: OnBytes | undefined): OnBytes {
  let most = 0;
  return (loaded, total) => {
    const share = total > 0 ? Math.min(1, loaded / total) : 0;
    if (share < most) return;
    most = share;
    onBytes?.(Math.min(loaded, total), total);
  };
}

/** Opens Cache Storage. It is missing on insecure pages and refused in some private windows; then nothing is cached. */
async function openCache(): Promise<Cache | null> {
  try {
    return await caches.open(CACHE);
  } catch {
    return null;
  }
}

async function download(url: string): Promise<Response> {
  const problem = (what: string, cause?: unknown) =>
    new UnblurError("file", `${url}: it could not be loaded (${what}); check the connection and reload the page`, {
      cause,
    });
  const response = await fetch(url).catch((cause: unknown) => {
    throw problem(String(cause), cause);
  });
  if (!response.ok) throw problem(`HTTP ${response.status}`);
  return response;
}

/**
 * The file's bytes, from the cache or the network. `bytes` is its size, for hosts that compress and omit it. Throws
 * `file`.
 */
export async function cachedBytes(url: string, bytes: number, onBytes?: OnBytes): Promise<Uint8Array<ArrayBuffer>> {
  const cache = await openCache();
  const kept = await cache?.match(url);
  if (kept) {
    const whole = new Uint8Array(await kept.arrayBuffer());
    onBytes?.(whole.length, whole.length);
    return whole;
  }
  const response = await download(url);
  const parts: Uint8Array<ArrayBuffer>[] = [];
  let loaded = 0;
  for (const reader = response.body!.getReader(); ; ) {
    const { done, value } = await reader.read();
    if (done) break;
    parts.push(value as Uint8Array<ArrayBuffer>);
    loaded += value.length;
    onBytes?.(loaded, Math.max(bytes, loaded));
  }
  const blob = new Blob(parts);
  if (cache) await keep(cache, url, blob);
  return new Uint8Array(await blob.arrayBuffer());
}

/**
 * Caches a file and deletes its other versions. A full disk is ignored: it costs the next visit a download, not this
 * one its result.
 */
async function keep(cache: Cache, url: string, blob: Blob): Promise<void> {
  const { origin, pathname } = new URL(url);
  for (const request of await cache.keys()) {
    const old = new URL(request.url);
    if (old.origin === origin && old.pathname === pathname) await cache.delete(request);
  }
  await cache.put(url, new Response(blob)).catch(() => undefined);
}

/**
 * Loads and parses a small file that may change under its address: from the network, or its last cached version when
 * offline. Only a file that could be parsed is cached. Throws `file`, and the errors of `parse`.
 */
export async function latest<T>(url: string, parse: (text: string) => T): Promise<T> {
  const cache = await openCache();
  try {
    const response = await download(url);
    const copy = response.clone();
    const parsed = parse(await response.text());
    await cache?.put(url, copy).catch(() => undefined);
    return parsed;
  } catch (cause) {
    const kept = await cache?.match(url);
    if (!kept) throw cause;
    return parse(await kept.text());
  }
}
