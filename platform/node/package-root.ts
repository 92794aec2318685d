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

/** TypeScript, which a new process or thread needs a loader for; `dist` is plain JavaScript. */
export const RUNS_SOURCES = import.meta.url.endsWith(".ts");

/** What another process or thread begins with, by its path in the sources without the ending; `scripts/build.mjs` has a list of these. */
export const programFile = (path: string): URL =>
  pathToFileURL(join(PACKAGE_ROOT, RUNS_SOURCES ? `${path}.ts` : `dist/${path}.js`));
