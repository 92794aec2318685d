// Makes the published files, dist/: types of every source, and the program as few files. Node takes half a millisecond
// and more to find and load a module; a picture restored by the command line would wait for four hundred. The folder is
// emptied first: what is no longer made must not live on.
import { execFileSync } from "node:child_process";
import { chmodSync, cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { build } from "esbuild";

/** Entry points in Node: programs, processes, threads, the library. */
const ENTRIES = [
  "apps/cli/main",
  "apps/server/header-process",
  "apps/server/worker",
  "platform/node/index",
  "platform/node/threads/blur-worker",
  "platform/node/data/batch-worker",
  "platform/node/data/prepare-worker",
];
/** The client, which runs in browsers as well. */
const CLIENT = "apps/server/client";
/**
 * Dependencies that become part of the files, as do devDependencies: those of many small modules, and those that only
 * the service, reports or the command line need, so that nobody who imports the library installs them. The types refer
 * to zod, which stays a dependency for that.
 */
const WITHIN = ["zod", "@bufbuild/protobuf"];
/** Globals that CommonJS modules in the bundle expect. A banner's names are not renamed, so no source may use them. */
const COMMONJS = `import { createRequire as bundleCreateRequire } from "node:module";
import { dirname as bundleDirname } from "node:path";
import { fileURLToPath as bundleFileURLToPath } from "node:url";
const require = bundleCreateRequire(import.meta.url);
const __dirname = bundleDirname(bundleFileURLToPath(import.meta.url));`;

rmSync("dist", { recursive: true, force: true });
const typescript = dirname(createRequire(import.meta.url).resolve("typescript/package.json"));
const types = [join(typescript, "bin", "tsc"), "-p", "tsconfig.build.json", "--emitDeclarationOnly"];
execFileSync(process.execPath, types, { stdio: "inherit" });
const { dependencies, peerDependencies } = JSON.parse(readFileSync("package.json", "utf8"));
const options = {
  outdir: "dist",
  outbase: ".",
  bundle: true,
  format: "esm",
  target: "node20.9",
  metafile: true,
  logLevel: "warning",
};
const built = await Promise.all([
  build({
    ...options,
    entryPoints: ENTRIES.map((entry) => `${entry}.ts`),
    chunkNames: "chunks/[name]-[hash]",
    splitting: true,
    platform: "node",
    external: Object.keys({ ...dependencies, ...peerDependencies })
      .filter((name) => !WITHIN.includes(name))
      .flatMap((name) => [name, `${name}/*`]),
    banner: { js: COMMONJS },
  }),
  build({ ...options, entryPoints: [`${CLIENT}.ts`], platform: "neutral" }),
]);

// Names of the banner and of a module's own may clash, which only a parser sees.
for (const file of built.flatMap(({ metafile }) => Object.keys(metafile.outputs)))
  execFileSync(process.execPath, ["--check", file], { stdio: "inherit" });

// The API's description reads its page and its logo from where its modules are, or one folder above.
const page = "node_modules/@fastify/swagger-ui/static";
cpSync(page, "dist/static", { recursive: true });
cpSync(join(page, "logo.svg"), "dist/chunks/static/logo.svg");

// Their licences ask for their text beside every copy.
const packages = built
  .flatMap(({ metafile }) => Object.keys(metafile.inputs))
  .map((file) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(file)?.[0])
  .filter((folder) => folder !== undefined);
const notices = [...new Set(packages)].sort().map((folder) => {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const file = readdirSync(folder).find((entry) => /^(licen[cs]e|copying)/i.test(entry));
  const text = file ? readFileSync(join(folder, file), "utf8").trim() : "";
  return `${name} ${version}, ${license}\n\n${text}\n`;
});
writeFileSync("dist/THIRD-PARTY-LICENSES.txt", notices.join(`\n${"-".repeat(80)}\n\n`));

chmodSync("dist/apps/cli/main.js", 0o755);
