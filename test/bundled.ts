/**
 * @file Children of tests, bundled as JavaScript: where tsx transforms the sources at each start, a process takes a
 * second of processor time to start instead of a quarter.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { build, type Plugin } from "esbuild";
import { PROJECT } from "./built.js";

/** Bundles lie below `node_modules`, where they find the packages. */
const CACHE = join(PROJECT, "node_modules/.cache/unblur-children");

/** A bundled module knows the place of its source: it finds files from there, and starts what its source would start. */
const ownPlaces: Plugin = {
  name: "own-places",
  setup({ onLoad }) {
    onLoad({ filter: /\.ts$/ }, ({ path }) => ({
      contents: readFileSync(path, "utf8")
        .replaceAll("import.meta.url", JSON.stringify(pathToFileURL(path).href))
        .replaceAll("import.meta.dirname", JSON.stringify(dirname(path))),
      loader: "ts",
    }));
  },
};

/**
 * Bundles modules of the project that share what they import; `sources`: their paths in it. Returns the paths of the
 * bundles, which this process removes when it ends.
 */
export async function bundled<const Sources extends readonly string[]>(
  ...sources: Sources
): Promise<{ readonly [K in keyof Sources]: string }> {
  mkdirSync(CACHE, { recursive: true });
  const outdir = mkdtempSync(join(CACHE, "bundle-"));
  process.once("exit", () => rmSync(outdir, { recursive: true, force: true }));
  await build({
    ...{ absWorkingDir: PROJECT, entryPoints: [...sources], outdir, outbase: ".", outExtension: { ".js": ".mjs" } },
    ...{ bundle: true, splitting: true, format: "esm", platform: "node", target: "node20.9", packages: "external" },
    ...{ plugins: [ownPlaces], logLevel: "error" },
  });
  return sources.map((source) => join(outdir, source.replace(/\.ts$/, ".mjs"))) as {
    readonly [K in keyof Sources]: string;
  };
}
