/**
 * @file Builds program and pages after an installation and before the tests, unless both are newer than their sources.
 * npm runs this also at the first `npx unblur-photo` in a clone, where it links the clone into its cache.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = join(dirname(fileURLToPath(import.meta.url)), "..");
const SOURCES = [
  ...["apps", "platform", "src", "models", "examples", "scripts"],
  ...["package.json", "package-lock.json", "tsconfig.json", "tsconfig.build.json"],
];
const BUILT = ["dist/apps/cli/main.js", "dist-web/index.html", "dist-watch/index.html"];
/** Written after a complete build. */
const STAMP = join(ROOT, "node_modules/.cache/unblur-built");

/** Photos are restored beside the examples: results are no sources, and change the time of this folder. */
const EXAMPLES = join(ROOT, "examples");
const RESULT = /\.unblurred\./;

/** Time of the newest change to a file, or to what a folder holds. Tests are no part of what is built. */
function newest(path) {
  const stats = statSync(path);
  if (!stats.isDirectory()) return path.endsWith(".test.ts") ? 0 : stats.mtimeMs;
  const names = readdirSync(path).filter((name) => !RESULT.test(name));
  return Math.max(path === EXAMPLES ? 0 : stats.mtimeMs, ...names.map((name) => newest(join(path, name))));
}

const isBuilt = [STAMP, ...BUILT.map((path) => join(ROOT, path))].every((path) => existsSync(path));
if (!isBuilt || SOURCES.some((path) => newest(join(ROOT, path)) >= statSync(STAMP).mtimeMs)) {
  const startedAt = new Date();
  rmSync(STAMP, { force: true }); // a build that fails is no build; and a hard link to it elsewhere keeps its content
  for (const script of ["build", "build:web"]) {
    const { status } = spawnSync(`npm run ${script}`, { cwd: ROOT, stdio: "inherit", shell: true });
    if (status !== 0) process.exit(status ?? 1);
  }
  mkdirSync(dirname(STAMP), { recursive: true });
  writeFileSync(STAMP, `${startedAt.toISOString()}\n`);
  utimesSync(STAMP, startedAt, startedAt); // what changed during the build is built again
}
