/**
 * @file Files of the built page that its folder does not hold as they are sent: those compressed with Brotli, beside or
 * instead of the plain file, and the models, which the package has once, in its own folder.
 */

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { copyFile, cp, mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join, sep } from "node:path";
import { promisify } from "node:util";
import { brotliDecompress } from "node:zlib";
import { notWritten } from "../../platform/node/files/atomic-file.js";
import { checkFolder } from "../../platform/node/files/check-folder.js";
import { PACKAGE_ROOT } from "../../platform/node/files/package-root.js";
import { packagedModels } from "../../platform/node/models/model-folders.js";
import { UnblurError } from "../../src/base/errors.js";

/** Output folder of `npm run build:web`. */
export const BUILT_PAGE = join(PACKAGE_ROOT, "dist-web");

export interface StoredFile {
  readonly path: string;
  /** The file is compressed with Brotli; otherwise it is sent as it is. */
  readonly compressed: boolean;
}

const COMPRESSED = /\.br$/;

/** Stored files by their path in the site, with slashes. */
export type StoredFiles = ReadonlyMap<string, StoredFile>;

interface Index {
  readonly models: readonly { readonly name: string; readonly files: readonly { readonly name: string }[] }[];
}

/** `folder`: output of `npm run build:web`, whole or as the package has it. */
export function storedFiles(folder: string): StoredFiles {
  const names = readdirSync(folder, { recursive: true }).map(String);
  const compressed = names
    .filter((name) => COMPRESSED.test(name))
    .map(
      (name) =>
        [name.replace(COMPRESSED, "").replaceAll(sep, "/"), { path: join(folder, name), compressed: true }] as const,
    );
  const index = join(folder, "index.json");
  const { models }: Index = existsSync(index) ? JSON.parse(readFileSync(index, "utf8")) : { models: [] };
  const elsewhere = models
    .flatMap(({ name, files }) => files.map((file) => `${name}/${file.name}`))
    .filter((name) => !existsSync(join(folder, "models", name)))
    .map((name) => [`models/${name}`, { path: join(packagedModels(), name), compressed: false }] as const);
  return new Map<string, StoredFile>([...compressed, ...elsewhere]);
}

/**
 * Writes the whole site to `out`, for any static host. Files of the same names are replaced. Throws `file` if the page
 * is not built.
 */
export async function exportSite(out: string, folder = BUILT_PAGE): Promise<void> {
  if (!existsSync(join(folder, "index.html")))
    throw new UnblurError("file", `${folder}: the page is not built; \`npm run build:web\` builds it`);
  checkFolder(out);
  try {
    await cp(folder, out, { recursive: true });
    for (const [name, { path, compressed }] of storedFiles(folder)) {
      if (existsSync(join(folder, name))) continue;
      const target = join(out, name);
      await mkdir(dirname(target), { recursive: true });
      if (compressed) await writeFile(target, await promisify(brotliDecompress)(await readFile(path)));
      else await copyFile(path, target);
    }
  } catch (cause) {
    throw notWritten(out, cause);
  }
}
