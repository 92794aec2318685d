/**
 * @file Files that the page loads beside its own scripts: the published runtime and HEIC decoder, the package's models,
 * example photos, and `index.json`, which lists them.
 */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { RUNTIME_FILES } from "../../platform/browser/runtime-files.js";
import { MODEL_FILE, parseModelFile, weightsFile } from "../../src/exchange/model-files.js";
import { defaultSteps, PARTS } from "../../src/restoration/model-config.js";

const ROOT = join(import.meta.dirname, "../..");
const ORT = dirname(createRequire(import.meta.url).resolve("onnxruntime-web/wasm"));
const ORT_VERSION: string = JSON.parse(readFileSync(join(ORT, "../package.json"), "utf8")).version;
const HEIF = dirname(createRequire(import.meta.url).resolve("libheif-js/package.json"));
const HEIF_VERSION: string = JSON.parse(readFileSync(join(HEIF, "package.json"), "utf8")).version;

/** Photos to try the page with, and the restoration of the first one. */
const EXAMPLES = ["friends-blurry.jpg", "friends-restored.jpg", "street-blurry.jpg", "square-blurry.jpg"];

/** Contents by path in the built folder. */
export type SiteFiles = ReadonlyMap<string, Uint8Array>;

export function siteFiles(): SiteFiles {
  const files = new Map<string, Uint8Array>();
  // The address contains the version, so a cached old copy is never taken for a new one.
  const folder = `runtime/${ORT_VERSION}/`;
  const names = Object.values(RUNTIME_FILES).flatMap((file) => Object.values(file));
  for (const name of names) files.set(folder + name, readFileSync(join(ORT, name)));
  const models = readdirSync(join(ROOT, "models")).map((model) => siteModel(model, files));
  for (const name of EXAMPLES) files.set(`examples/${name}`, readFileSync(join(ROOT, "examples", name)));
  const bytes = Object.fromEntries(names.map((name) => [name, files.get(folder + name)!.length]));
  // A separate file, as published and with its licence: it is under the LGPL, so users may replace it.
  const heif = `heif/${HEIF_VERSION}/`;
  for (const name of ["libheif-bundle.mjs", "LICENSE"])
    files.set(heif + name, readFileSync(join(HEIF, "libheif-wasm", name)));
  const index = { runtime: { folder, bytes }, models, heifDecoder: `${heif}libheif-bundle.mjs` };
  return files.set("index.json", new TextEncoder().encode(JSON.stringify(index)));
}

function siteModel(model: string, files: Map<string, Uint8Array>) {
  const read = (name: string) => readFileSync(join(ROOT, "models", model, name));
  const { name, summary, model: config } = parseModelFile(read(MODEL_FILE).toString(), `models/${model}/${MODEL_FILE}`);
  const parts = PARTS.filter((part) => config[part]).map(weightsFile);
  return {
    ...{ name, summary, steps: defaultSteps(config), diffusionSteps: config.sampling?.steps ?? 0 },
    canDiffuse: config.diffusion !== undefined,
    files: [MODEL_FILE, ...parts].map((file) => {
      const content = read(file);
      files.set(`models/${model}/${file}`, content);
      return { name: file, bytes: content.length, sha256: createHash("sha256").update(content).digest("hex") };
    }),
  };
}
