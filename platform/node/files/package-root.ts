/** @file Where the files of this package are, whether its sources run or what was built of them. */
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
 * Whether new processes and threads begin with TypeScript, for which they need a loader. Sources start sources, unless
 * the variable says that `dist` was built of them: it starts in a fifth of the time. `dist` is plain JavaScript.
 */
export const STARTS_SOURCES = import.meta.url.endsWith(".ts") && process.env.UNBLUR_START_BUILT !== "1";

/** What another process or thread begins with, by its path in the sources without the ending; `scripts/build.mjs` has a list of these. */
export const programFile = (path: string): URL =>
  pathToFileURL(join(PACKAGE_ROOT, STARTS_SOURCES ? `${path}.ts` : `dist/${path}.js`));
