/** @file Locates the files of this package, whether it runs from its sources or from its build. */
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const HERE = dirname(fileURLToPath(import.meta.url));

function packageRoot(): string {
  for (let folder = HERE; ; folder = dirname(folder))
    if (existsSync(join(folder, "package.json"))) return folder;
    else if (folder === dirname(folder)) return HERE;
}

export const PACKAGE_ROOT = packageRoot();

/**
 * True if new processes and threads start TypeScript sources, for which they need a loader. Sources start sources,
 * unless the variable states that `dist` was built from them. `dist` is plain JavaScript and starts in a fifth of the
 * time.
 */
export const STARTS_SOURCES = import.meta.url.endsWith(".ts") && process.env.UNBLUR_START_BUILT !== "1";

/**
 * The entry file of another process or thread, given by its path in the sources without the ending; `scripts/build.mjs`
 * lists these.
 */
export const programFile = (path: string): URL =>
  pathToFileURL(join(PACKAGE_ROOT, STARTS_SOURCES ? `${path}.ts` : `dist/${path}.js`));
