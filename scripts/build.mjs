// Makes the published files, dist/: types of every source, and the program as few files. Node takes half a millisecond and more to find and load
// a module; a picture restored by the command line would wait for four hundred. The folder is emptied first: what is no longer made must not live on.
import { execFileSync } from "node:child_process";
import { chmodSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { build } from "esbuild";

/** What others start or import: programs, processes, threads, the library. */
const ENTRIES = [
  "apps/cli/main",
  "apps/server/client",
  "apps/server/header-process",
  "apps/server/worker",
  "platform/node/index",
  "platform/node/threads/blur-worker",
  "platform/node/data/batch-worker",
  "platform/node/data/prepare-worker",
];
/** Dependencies of many small modules become part of the files; the others stay where npm puts them. */
const WITHIN = ["zod", "@bufbuild/protobuf"];

rmSync("dist", { recursive: true, force: true });
const typescript = dirname(createRequire(import.meta.url).resolve("typescript/package.json"));
const types = [join(typescript, "bin", "tsc"), "-p", "tsconfig.build.json", "--emitDeclarationOnly"];
execFileSync(process.execPath, types, { stdio: "inherit" });
const { dependencies, peerDependencies } = JSON.parse(readFileSync("package.json", "utf8"));
await build({
  entryPoints: ENTRIES.map((entry) => `${entry}.ts`),
  outdir: "dist",
  outbase: ".",
  chunkNames: "chunks/[name]-[hash]",
  bundle: true,
  splitting: true,
  format: "esm",
  platform: "node",
  target: "node20.9",
  external: Object.keys({ ...dependencies, ...peerDependencies })
    .filter((name) => !WITHIN.includes(name))
    .flatMap((name) => [name, `${name}/*`]),
  minify: false,
  logLevel: "warning",
});
chmodSync("dist/apps/cli/main.js", 0o755);
