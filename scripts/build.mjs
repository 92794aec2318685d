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
  "platform/node/evaluate",
  "platform/node/index",
  "platform/node/train",
  "platform/node/threads/blur-worker",
  "platform/node/threads/session-worker",
  "platform/node/data/batch-worker",
  "platform/node/data/prepare-worker",
];
/** The client, which runs in browsers as well. */
const CLIENT = "apps/server/client";
/** The library in browsers and its workers, each one file beside the others: bundlers find a worker by its address. */
const BROWSER = ["platform/browser/index", "platform/browser/worker", "platform/browser/session-worker"];
/** `new Worker(new URL("./worker.ts", import.meta.url))` names what is built of the source. */
const builtWorkers = {
  name: "built-workers",
  setup({ onLoad }) {
    onLoad({ filter: /platform.browser.(open|worker-runtime)\.ts$/ }, ({ path }) => ({
      contents: readFileSync(path, "utf8").replace(/(new URL\("\.\/[\w-]+)\.ts(", import\.meta\.url\))/g, "$1.js$2"),
      loader: "ts",
    }));
  },
};
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
for (const project of ["tsconfig.build.json", "tsconfig.build-browser.json"]) {
  const types = [join(typescript, "bin", "tsc"), "-p", project, "--emitDeclarationOnly"];
  execFileSync(process.execPath, types, { stdio: "inherit" });
}
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
  build({
    ...options,
    entryPoints: BROWSER.map((entry) => `${entry}.ts`),
    platform: "browser",
    target: "es2022",
    external: ["module"], // of the Fourier transform, which asks for it in Node only
    plugins: [builtWorkers],
  }),
]);

// Names of the banner and of a module's own may clash, which only a parser sees.
for (const file of built.flatMap(({ metafile }) => Object.keys(metafile.outputs)))
  execFileSync(process.execPath, ["--check", file], { stdio: "inherit" });

// The API's description reads its page and its logo from where its modules are, or one folder above. The page loads the
// bundle, not the file without its dependencies.
const page = "node_modules/@fastify/swagger-ui/static";
cpSync(page, "dist/static", { recursive: true, filter: (file) => !file.endsWith("swagger-ui.js") });
cpSync(join(page, "logo.svg"), "dist/chunks/static/logo.svg");

// The Fourier transform names this file, which is compiled in: bundlers stop where it is missing.
const fourier = createRequire(import.meta.url).resolve("@echogarden/pffft-wasm/simd");
cpSync(join(dirname(fourier), "pffft.wasm"), "dist/platform/browser/pffft.wasm");

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
