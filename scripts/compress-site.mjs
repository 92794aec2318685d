/**
 * @file Puts copies compressed with Brotli beside the files of a built page, `NAME.br`, which `unblur serve` sends:
 * `node scripts/compress-site.mjs dist-web`. Files that hardly shrink get none. The package has the runtime in this form
 * only.
 */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, constants } from "node:zlib";

const COMPRESSED = /\.(js|mjs|css|html|json|svg|wasm|webmanifest)$/;
/** Smaller files fit in one packet of the network. */
const LEAST_BYTES = 1400;
/** The best quality of Brotli takes a minute for the runtime, and saves a tenth. */
const BROTLI_QUALITY = 9;

export function compressSite(folder) {
  const names = readdirSync(folder, { recursive: true }).map(String);
  for (const name of names.filter((one) => COMPRESSED.test(one))) {
    const path = join(folder, name);
    const bytes = readFileSync(path);
    if (bytes.length < LEAST_BYTES) continue;
    const params = {
      [constants.BROTLI_PARAM_QUALITY]: BROTLI_QUALITY,
      [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
    };
    writeFileSync(`${path}.br`, brotliCompressSync(bytes, { params }));
  }
}

if (import.meta.filename === process.argv[1]) compressSite(process.argv[2] ?? "dist-web");
